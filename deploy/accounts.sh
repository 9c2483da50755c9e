# shellcheck shell=bash
# The APIs, and one service account for each function with the fewest possible roles.

readonly apis='
artifactregistry.googleapis.com cloudbuild.googleapis.com cloudfunctions.googleapis.com
cloudresourcemanager.googleapis.com cloudscheduler.googleapis.com cloudtasks.googleapis.com
firebaserules.googleapis.com firestore.googleapis.com iam.googleapis.com
iamcredentials.googleapis.com identitytoolkit.googleapis.com logging.googleapis.com
monitoring.googleapis.com run.googleapis.com secretmanager.googleapis.com storage.googleapis.com
'
# The roles that Cloud Build needs to build a function; the default account may have others.
readonly build_roles='roles/logging.logWriter roles/artifactregistry.writer roles/storage.objectViewer'

# Deletes the sign-in of a user who leaves. Google's own roles for that may do much more.
readonly remover_role=sokuUserRemover

deploy_services() {
  # shellcheck disable=SC2086 # one word for each API
  run gcloud services enable $apis --project "$project"
}

deploy_accounts() {
  make_accounts
  make_role "$remover_role" 'Soku: deletes users' firebaseauth.users.delete
  grant_project_roles
  grant_identities
}

account_names() {
  names "$functions"
  printf '%s\n' tasks-invoker scheduler build
}

make_accounts() {
  local there name email
  there=$(ask gcloud iam service-accounts list --project "$project" --format 'value(email)')
  for name in $(account_names); do
    email=$(account "$name")
    is_one_of "$email" "$there" && continue
    run gcloud iam service-accounts create "${email%%@*}" --project "$project" \
      --display-name "Soku: $name"
    [[ $dry_run ]] || fresh_accounts=1
  done
}

# make_role NAME TITLE PERMISSION: a role of the project with one permission.
make_role() {
  local there verb=create
  there=$(ask gcloud iam roles list --project "$project" --format 'value(name.basename())')
  is_one_of "$1" "$there" && verb=update
  run gcloud iam roles "$verb" "$1" --project "$project" --quiet --format none \
    --title "$2" --permissions "$3" --stage GA
}

# These roles can only be granted on the whole project.
grant_project_roles() {
  local name role
  while read -r name role; do
    on_project add "$name" "$role" </dev/null
  done < <(project_roles)
}

# The roles on the whole project, one "name role" per line.
project_roles() {
  local each
  for each in $(names "$functions"); do echo "$each roles/datastore.user"; done
  echo "sweeper projects/$project/roles/$remover_role"
  for each in $build_roles; do echo "build $each"; done
}

# on_project add|remove NAME ROLE
on_project() {
  grant gcloud projects "$1-iam-policy-binding" "$project" \
    --member "serviceAccount:$(account "$2")" --role "$3" --condition None --format none
}

# A function that creates tasks acts as tasks-invoker. The api and the dashboard
# sign upload URLs as themselves.
grant_identities() {
  local name
  # Every function that creates tasks also creates those of webhooks.
  for name in $(functions_that queues webhooks); do
    may_act_as tasks-invoker "$name" roles/iam.serviceAccountUser
  done
  for name in api dashboard; do
    may_act_as "$name" "$name" roles/iam.serviceAccountTokenCreator
  done
}

# may_act_as WHOM WHO ROLE
may_act_as() {
  grant gcloud iam service-accounts add-iam-policy-binding "$(account "$1")" \
    --project "$project" --member "serviceAccount:$(account "$2")" --role "$3" --format none
}
