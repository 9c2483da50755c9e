# shellcheck shell=bash
# The functions, who may call them, the scheduler jobs, and the smoke test.

deploy_functions() {
  filled=$(filled_secrets)
  find_addresses
  local variables=serviceConfig.environmentVariables
  functions_there=$(ask gcloud functions list --v2 --project "$project" --regions "$region" \
    --format "value[separator=' '](name.basename(),$variables.API_URL.yesno(yes=API_URL,no=-),$variables.IDENTITY_API_KEY.yesno(yes=IDENTITY_API_KEY,no=-))")
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
  local values environment options=(--clear-secrets)
  environment=$(variables "$name" "$threads") || exit 1
  values=$(secrets_for "$secrets")
  [[ ! $values ]] || options=("--set-secrets=$values")
  local removed=$unset_names
  [[ $domain != none ]] || ! needs_variable "$name" PUBLIC_URL || removed+=${removed:+$'\n'}PUBLIC_URL
  [[ ! $removed ]] || options+=(--remove-env-vars "${removed//$'\n'/,}")
  # A function that exists keeps its limits until the operator changes them.
  is_one_of "$name" "$(cut -d' ' -f1 <<<"$functions_there")" && most=
  most=${max_instances:-$most}
  [[ ! $most ]] || options+=(--max-instances "$most")
  [[ ! $min_instances ]] || options+=(--min-instances "$min_instances")
  run gcloud functions deploy "$name" --gen2 --project "$project" --region "$region" \
    --runtime python313 --source . --entry-point "$name" --trigger-http "$access" \
    --ingress-settings all --memory "$memory" --cpu "$cpu" --concurrency "$threads" \
    --timeout "$timeout" --service-account "$(account "$name")" \
    --build-service-account "projects/$project/serviceAccounts/$(account build)" \
    --update-env-vars "$environment" "${options[@]}" --quiet --format none
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

# The api responds at both of its addresses, the pages are shown, and the internal functions refuse
# strangers.
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
Pages:    $dashboard_url

Invite the first user (in this directory, with requirements.txt installed):
  gcloud auth application-default login
  export GOOGLE_CLOUD_PROJECT=$project
  python3 -m shared.cli user invite me@example.com

Once the user signs in at $dashboard_url/sign-in, show the UID, and create a key with it:
  python3 -m shared.cli user show me@example.com
  python3 -m shared.cli key create UID --name first
EOF
  print_manual_steps
  local missing
  missing=$(print_missing_clients)
  [[ ! $missing ]] || printf '\nTo use a platform, add the client id and secret of its app, then deploy the functions:\n%s\n' "$missing"
}
