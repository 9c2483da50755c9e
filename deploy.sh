#!/usr/bin/env bash
# Deploys Soku into a Google Cloud project, or updates a deployment from this directory.
#
#   ./deploy.sh --project P --region R        deploy everything
#     --dry-run              print the commands, run none
#     --only NAME            run one step, or deploy one function
#     --set NAME=VALUE       set a variable of docs/configuration.md; can be repeated
#     --env-file FILE        set the variables of a file with one NAME=VALUE per line
#     --unset NAME           return a variable to its default; can be repeated
#     --domain DOMAIN        serve the pages on this domain; none: on the functions' own addresses
#     --max-instances N      the most instances of each function that is deployed
#     --min-instances N      the instances of each function that are always running
#     --alert-email ADDRESS  create the alerts of docs/operating.md, sent to this address
#     --delete               delete the deployment, but keep the data
#     --help                 print this help
#
# Variables, the domain, numbers of instances and alerts stay as they are until you change them.
#
# You need gcloud, signed in as an owner of a project with billing, and Python 3.10 or later.
# You can always run it again: what exists is kept or updated. It stops at the first failure.
set -euo pipefail
cd "$(dirname "$0")"

# One line for each function.
#   threads: how many requests an instance serves at the same time
#   most: the most instances of a new function, so that an attack costs a limited amount; the
#         queues' at-once fits into it
#   caller: who may call it: everyone, tasks (the queues) or scheduler
#   queues: the queues that it enqueues into; every function also uses Firestore
#   secrets: the secrets that it gets; clients are our client ids and secrets on the platforms,
#            stripe is what Stripe gave us, or one secret of that by its name
# Firebase Hosting gives up on connect and dashboard after 60s. The dashboard checks uploaded files,
# so it has the memory of the api.
functions='
name         memory cpu threads most timeout caller    queues                               secrets
api          1Gi    1   32      20   360s    everyone  orchestrate,publish,collect,webhooks stripe,webhook-key
collector    512Mi  1   8       10   540s    tasks     webhooks                             token-keyset,clients
connect      512Mi  1   16      10   60s     everyone  webhooks                             clients,token-public-keyset,connect-key,session-key
dashboard    1Gi    1   16      10   120s    everyone  orchestrate,publish,collect,webhooks session-key,stripe-secret-key,webhook-key
orchestrator 512Mi  1   8       10   120s    tasks     orchestrate,publish,webhooks         -
publisher    512Mi  1   8       30   540s    tasks     publish,webhooks                     token-keyset,clients
sweeper      512Mi  1   1       3    120s    scheduler orchestrate,publish,collect,webhooks stripe-secret-key
webhooks     512Mi  1   16      10   120s    tasks     webhooks                             webhook-key
'

# One line for each kind of queue; publish and collect stand for one queue for each platform. A
# queue gives up on a task once both limits are reached; the sweeper then enqueues another one.
queues='
name        per-second at-once attempts duration min-backoff max-backoff
orchestrate 100        50      10       3600s    1s          60s
publish     50         20      10       3600s    1s          60s
collect     10         5       10       3600s    1s          60s
webhooks    100        100     10       3600s    1s          60s
'

# One line for each Cloud Scheduler job; the schedule is the rest of the line.
jobs='
name  function deadline schedule
sweep sweeper  120s     * * * * *
'

# One line for each secret that this script generates if it is empty, with the command for it, in
# which PROJECT stands for the project. token-keyset decrypts tokens, and token-public-keyset is its
# half that only encrypts.
generated_secrets='
name                maker
token-keyset        python3 deploy/new_keyset.py
token-public-keyset gcloud secrets versions access latest --secret token-keyset --project PROJECT | python3 deploy/public_keyset.py
connect-key         python3 -c "import secrets; print(secrets.token_urlsafe(32))"
session-key         python3 -c "import secrets; print(secrets.token_urlsafe(32))"
webhook-key         python3 -c "import secrets; print(secrets.token_urlsafe(32))"
'

source deploy/options.sh
source deploy/commands.sh
source deploy/tables.sh
source deploy/accounts.sh
source deploy/addresses.sh
source deploy/firestore.sh
source deploy/bucket.sh
source deploy/secrets.sh
source deploy/queues.sh
source deploy/settings.sh
source deploy/functions.sh
source deploy/alerts.sh
source deploy/delete.sh

read_options "$@"
if [[ $delete ]]; then
  delete_everything_but_data
  exit
fi
step services    deploy_services
step accounts    deploy_accounts
step firestore   deploy_firestore
step bucket      deploy_bucket
step secrets     deploy_secrets
step queues      deploy_queues
step identity    deploy_identity
step functions   deploy_functions
step jobs        deploy_jobs
step alerts      deploy_alerts
step smoke-test  smoke_test
print_next_steps
