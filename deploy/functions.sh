# shellcheck shell=bash
# The functions, who may call them, the scheduler jobs, and the smoke test.

deploy_functions() {
  filled=$(filled_secrets)
  functions_there=$(ask gcloud functions list --v2 --project "$project" --regions "$region" \
    --format 'csv[no-heading](name.basename(),serviceConfig.environmentVariables.API_URL)')
  rows "$functions" | while read -r row; do
    if [[ $only == functions || ! $only || $only == "${row%% *}" ]]; then echo "$row"; fi
  done | parallel deploy_function
}

# Cloud Tasks and Cloud Scheduler call from outside, through cloudfunctions.net, so ingress is
# open. IAM decides who may call, and the functions check it again.
deploy_function() {
  local name memory cpu threads most timeout caller secrets access=--no-allow-unauthenticated
  read -r name memory cpu threads most timeout caller _ secrets <<<"$1"
  [[ $caller == everyone ]] && access=--allow-unauthenticated
  local values options=(--clear-secrets)
  values=$(secrets_for "$secrets")
  [[ ! $values ]] || options=("--set-secrets=$values")
  [[ ! $unset_names ]] || options+=(--remove-env-vars "$(tr '\n' , <<<"$unset_names" | sed 's/,$//')")
  # A function that exists keeps its limits until the operator changes them.
  is_one_of "$name" "$(cut -d, -f1 <<<"$functions_there")" && most=
  most=${max_instances:-$most}
  [[ ! $most ]] || options+=(--max-instances "$most")
  [[ ! $min_instances ]] || options+=(--min-instances "$min_instances")
  run gcloud functions deploy "$name" --gen2 --project "$project" --region "$region" \
    --runtime python313 --source . --entry-point "$name" --trigger-http "$access" \
    --ingress-settings all --memory "$memory" --cpu "$cpu" --concurrency "$threads" \
    --timeout "$timeout" --service-account "$(account "$name")" \
    --build-service-account "projects/$project/serviceAccounts/$(account build)" \
    --update-env-vars "$(variables "$name" "$threads")" "${options[@]}" --quiet --format none
  [[ $caller == everyone ]] || let_call "$name" "$caller"
}

# let_call FUNCTION CALLER
let_call() {
  local caller=$2
  [[ $caller == tasks ]] && caller=tasks-invoker
  grant gcloud run services add-iam-policy-binding "$1" --project "$project" --region "$region" \
    --member "serviceAccount:$(account "$caller")" --role roles/run.invoker --format none
}

deploy_jobs() {
  jobs_there=$(ask gcloud scheduler jobs list --project "$project" --location "$region" \
    --format 'value(name.basename())')
  rows "$jobs" | parallel deploy_job
}

# deploy_job ROW
deploy_job() {
  local name function deadline schedule verb=create
  read -r name function deadline schedule <<<"$1"
  is_one_of "$name" "$jobs_there" && verb=update
  run gcloud scheduler jobs "$verb" http "$name" --project "$project" --location "$region" \
    --schedule "$schedule" --time-zone Etc/UTC --uri "$base/$function" --http-method POST \
    --oidc-service-account-email "$(account scheduler)" --oidc-token-audience "$base/$function" \
    --attempt-deadline "$deadline" --format none
}

# The api responds at both of its addresses, and the internal functions refuse strangers.
smoke_test() {
  local closed run_url=https://RUN_APP
  closed=$(rows "$functions" | while read -r name _ _ _ _ _ caller _; do
    if [[ $caller != everyone ]]; then echo "$base/$name"; fi
  done)
  [[ $dry_run ]] || run_url=$(ask gcloud run services describe api --project "$project" \
    --region "$region" --format 'value(status.url)')
  # shellcheck disable=SC2086 # one word for each address
  run python3 deploy/smoke_test.py "$base/api" "$run_url" $closed
}

print_next_steps() {
  [[ $dry_run || $only ]] && return
  cat <<EOF

Base URL: $base/api

Create the first user and key (in this directory, with requirements.txt installed):
  gcloud auth application-default login
  export GOOGLE_CLOUD_PROJECT=$project
  python3 -m shared.cli user create me --email me@example.com
  python3 -m shared.cli key create me --name first
EOF
  local missing
  missing=$(print_missing_clients)
  [[ ! $missing ]] || printf '\nTo publish to a platform, add its client id and secret, then deploy the publisher:\n%s\n' "$missing"
}
