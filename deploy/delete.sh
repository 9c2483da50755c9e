# shellcheck shell=bash
# Deletes the deployment. It keeps the data: the database, the bucket and the secrets.

delete_everything_but_data() {
  confirm
  printf '\n# alerts, jobs, functions, queues\n'
  delete_alerts
  jobs_to_delete | parallel delete_job
  functions_to_delete | parallel delete_function
  queues_to_delete | parallel delete_queue
  printf '\n# accounts and their roles\n'
  delete_accounts
  print_what_stays
}

confirm() {
  local answer
  [[ $dry_run ]] && return
  echo "This deletes Soku's alerts, functions, jobs, queues (with the tasks in them) and accounts in" \
    "$project. It keeps the database, the bucket and the secrets."
  read -r -p "Type the project ID to continue: " answer || true
  [[ $answer == "$project" ]] || fail 'nothing was deleted'
}

# among WANTED EXISTING: the wanted names that exist, one per line; all of them in a dry run.
among() {
  local name
  for name in $1; do
    if [[ $dry_run ]] || is_one_of "$name" "$2"; then echo "$name"; fi
  done
}

jobs_to_delete() {
  local there
  there=$(ask gcloud scheduler jobs list --project "$project" --location "$region" \
    --format 'value(name.basename())')
  among "$(names "$jobs")" "$there"
}

functions_to_delete() {
  local there
  there=$(ask gcloud functions list --v2 --project "$project" --regions "$region" \
    --format 'value(name.basename())')
  among "$(names "$functions")" "$there"
}

queues_to_delete() {
  local there
  there=$(ask gcloud tasks queues list --project "$project" --location "$region" \
    --format 'value(name.basename())')
  among "$(queue_rows | cut -d' ' -f1)" "$there"
}

delete_job() {
  run gcloud scheduler jobs delete "$1" --project "$project" --location "$region" --quiet
}

delete_function() {
  run gcloud functions delete "$1" --gen2 --project "$project" --region "$region" --quiet
}

delete_queue() {
  run gcloud tasks queues delete "$1" --project "$project" --location "$region" --quiet
}

# A binding that is left behind would name the deleted account forever.
delete_accounts() {
  local there bindings name role email
  bindings=$(ask gcloud projects get-iam-policy "$project" --flatten 'bindings[].members' \
    --format 'csv[no-heading](bindings.members,bindings.role)')
  while read -r name role; do
    if [[ $dry_run ]] || is_one_of "serviceAccount:$(account "$name"),$role" "$bindings"; then
      on_project remove "$name" "$role" </dev/null
    fi
  done < <(project_roles)
  there=$(ask gcloud iam service-accounts list --project "$project" --format 'value(email)')
  for name in $(account_names); do
    email=$(account "$name")
    if [[ $dry_run ]] || is_one_of "$email" "$there"; then
      run gcloud iam service-accounts delete "$email" --project "$project" --quiet
    fi
  done
}

print_what_stays() {
  cat <<EOF

The data is still there. These commands delete it permanently:
  gcloud firestore databases update --project $project --no-delete-protection
  gcloud firestore databases delete --project $project --database '(default)'
  gcloud storage rm --recursive gs://$bucket --project $project
EOF
  local name
  for name in $(secret_names); do
    echo "  gcloud secrets delete $name --project $project"
  done
}
