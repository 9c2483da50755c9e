#!/usr/bin/env bash
# Deploys Soku into a Google Cloud project: queues, functions, the scheduler job.
#
#   ./deploy.sh --project P --region R [--dry-run]
#
# Safe to run again: what exists is updated. Stops at the first failure.
set -euo pipefail

usage() {
  sed -n '2,6p' "$0" | sed 's/^# \{0,1\}//' >&2
  exit 2
}

project='' region='' dry_run=''
while (($#)); do
  case $1 in
    --project) project=${2:?--project needs a value}; shift 2 ;;
    --region) region=${2:?--region needs a value}; shift 2 ;;
    --dry-run) dry_run=1; shift ;;
    *) usage ;;
  esac
done
[[ $project && $region ]] || usage
cd "$(dirname "$0")"

readonly invoker="tasks-invoker@$project.iam.gserviceaccount.com"
readonly scheduler="scheduler@$project.iam.gserviceaccount.com"
readonly bucket="$project-soku-media"
readonly base="https://$region-$project.cloudfunctions.net"

# One line for each function: name, memory, cpu, concurrency (also THREADS), time-out, public?
readonly functions='
api             1Gi  1  32  360s  yes
orchestrator  512Mi  1   8  120s  no
publisher     512Mi  1   8  540s  no
sweeper       512Mi  1   1  120s  no
'

# One line for each queue: name, dispatches a second, at once.
queues() {
  echo 'orchestrate 100 50'
  for module in shared/platforms/*.py; do
    platform=$(basename "$module" .py)
    case $platform in
      __init__ | base | http | registry) ;;
      *) echo "publish-$platform 50 20" ;;
    esac
  done
}

run() {
  if [[ $dry_run ]]; then
    printf '%q ' "$@"
    echo
    return
  fi
  "$@" || { echo "deploy.sh: stopped at: $*" >&2; exit 1; }
}

exists() { [[ ! $dry_run ]] && "$@" >/dev/null 2>&1; }

environment() {
  local threads=$1
  local values=(
    "GOOGLE_CLOUD_PROJECT=$project"
    "REGION=$region"
    "ORCHESTRATOR_URL=$base/orchestrator"
    "PUBLISHER_URL=$base/publisher"
    "SWEEPER_URL=$base/sweeper"
    "TASKS_INVOKER=$invoker"
    "SCHEDULER_INVOKER=$scheduler"
    "MEDIA_BUCKET=$bucket"
    "THREADS=$threads"
  )
  local IFS=,
  echo "${values[*]}"
}

deploy_services() {
  run gcloud services enable --project "$project" \
    cloudfunctions.googleapis.com run.googleapis.com cloudbuild.googleapis.com \
    firestore.googleapis.com cloudtasks.googleapis.com cloudscheduler.googleapis.com \
    secretmanager.googleapis.com storage.googleapis.com
}

# Who knows a file's name may read it; the names cannot be guessed, and nobody may list them.
deploy_bucket() {
  exists gcloud storage buckets describe "gs://$bucket" --project "$project" ||
    run gcloud storage buckets create "gs://$bucket" --project "$project" \
      --location "$region" --uniform-bucket-level-access
  run gcloud storage buckets add-iam-policy-binding "gs://$bucket" \
    --member allUsers --role roles/storage.legacyObjectReader
}

deploy_accounts() {
  for name in tasks-invoker scheduler; do
    local email="$name@$project.iam.gserviceaccount.com"
    exists gcloud iam service-accounts describe "$email" --project "$project" ||
      run gcloud iam service-accounts create "$name" --project "$project"
  done
}

deploy_queues() {
  while read -r name rate concurrent; do
    local verb=create
    exists gcloud tasks queues describe "$name" --project "$project" --location "$region" &&
      verb=update
    run gcloud tasks queues "$verb" "$name" --project "$project" --location "$region" \
      --max-dispatches-per-second "$rate" --max-concurrent-dispatches "$concurrent" \
      --max-attempts=-1 --max-retry-duration=3600s --min-backoff=1s --max-backoff=60s
  done < <(queues)
}

deploy_functions() {
  while read -r name memory cpu concurrency timeout public; do
    [[ $name ]] || continue
    local access=--no-allow-unauthenticated
    [[ $public == yes ]] && access=--allow-unauthenticated
    local secrets=()
    [[ $name == publisher ]] && secrets=(--set-secrets 'TOKEN_KEYSET=token-keyset:latest')
    run gcloud functions deploy "$name" --gen2 --project "$project" --region "$region" \
      --runtime python313 --source . --entry-point "$name" --trigger-http "$access" \
      --memory "$memory" --cpu "$cpu" --concurrency "$concurrency" --timeout "$timeout" \
      --set-env-vars "$(environment "$concurrency")" ${secrets[@]+"${secrets[@]}"} --quiet
    [[ $public == yes ]] || allow "$name"
  done <<<"$functions"
}

# Only the queues, and the scheduler for the sweeper, may call an internal function.
allow() {
  local caller=$invoker
  [[ $1 == sweeper ]] && caller=$scheduler
  run gcloud functions add-invoker-policy-binding "$1" --project "$project" --region "$region" \
    --member "serviceAccount:$caller"
}

deploy_schedule() {
  local verb=create
  exists gcloud scheduler jobs describe sweep --project "$project" --location "$region" &&
    verb=update
  run gcloud scheduler jobs "$verb" http sweep --project "$project" --location "$region" \
    --schedule '* * * * *' --uri "$base/sweeper" --http-method POST \
    --oidc-service-account-email "$scheduler" --oidc-token-audience "$base/sweeper" \
    --attempt-deadline 120s
}

deploy_services
deploy_accounts
deploy_bucket
deploy_queues
deploy_functions
deploy_schedule
echo "Base URL: $base/api"
