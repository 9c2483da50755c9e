# shellcheck shell=bash
# The queues, and who may enqueue into each.

deploy_queues() {
  queues_there=$(ask gcloud tasks queues list --project "$project" --location "$region" \
    --format 'value(name.basename())')
  queue_rows | parallel deploy_queue
}

# deploy_queue ROW
deploy_queue() {
  local name rate at_once attempts duration min_backoff max_backoff verb=create
  read -r name rate at_once attempts duration min_backoff max_backoff <<<"$1"
  is_one_of "$name" "$queues_there" && verb=update
  run gcloud tasks queues "$verb" "$name" --project "$project" --location "$region" \
    --max-dispatches-per-second "$rate" --max-concurrent-dispatches "$at_once" \
    --max-attempts "$attempts" --max-retry-duration "$duration" \
    --min-backoff "$min_backoff" --max-backoff "$max_backoff"
  run_fed "echo '$(enqueuers "${name%%-*}")'" gcloud tasks queues set-iam-policy "$name" \
    /dev/stdin --project "$project" --location "$region" --format none
}

# The complete policy of a queue: whatever it does not list has no access.
enqueuers() {
  local name members=''
  for name in $(functions_that queues "$1"); do
    members+=",\"serviceAccount:$(account "$name")\""
  done
  echo "{\"bindings\":[{\"role\":\"roles/cloudtasks.enqueuer\",\"members\":[${members#,}]}]}"
}
