# shellcheck shell=bash
# Running commands: printing them in a dry run, running them in parallel, reporting failures.

readonly side_by_side=6

fail() {
  printf 'deploy.sh: %s\n' "$*" >&2
  exit 1
}

# step NAME COMMAND: runs one step, unless --only names another one.
step() {
  if [[ $only && $only != "$1" ]]; then
    if [[ $1 != functions ]] || is_one_of "$only" "$steps"; then return; fi
  fi
  printf '\n# %s\n' "$1"
  "$2"
}

# Runs a command that changes something; prints it in a dry run.
run() {
  if [[ $dry_run ]]; then
    shown "$@"
    return
  fi
  local errors output status=0
  errors=$(mktemp)
  "$@" 2>"$errors" || status=$?
  output=$(<"$errors")
  rm -f "$errors"
  [[ ! $output ]] || echo "$output" >&2
  [[ $status == 0 ]] || stopped "$output" "$(shown "$@")"
}

# run_fed PRODUCER COMMAND…: like run, with the output of the shell command PRODUCER as input.
run_fed() {
  local producer=$1
  shift
  if [[ $dry_run ]]; then
    printf '%s | ' "$producer"
    shown "$@"
    return
  fi
  local input
  input=$(bash -c "$producer") || fail "this command failed: $producer"
  run "$@" < <(printf %s "$input")
}

# The command, quoted so that it can be pasted.
shown() {
  local word line=''
  for word; do
    case $word in
      *[!A-Za-z0-9_./:=,@%+-]* | '') line+=" '${word//\'/\'\\\'\'}'" ;;
      *) line+=" $word" ;;
    esac
  done
  echo "${line# }"
}

# Grants a role. A new account takes a moment to become known everywhere, so this is retried.
grant() {
  local pause
  if [[ ${fresh_accounts:-} ]]; then
    for pause in 5 10 20 40; do
      "$@" >/dev/null 2>&1 && return
      sleep "$pause"
    done
  fi
  run "$@"
}

# Runs a command that only reads. A dry run prints nothing, as if the project were empty.
ask() {
  [[ $dry_run ]] || run "$@"
}

# parallel COMMAND < lines: runs COMMAND for each line, a few at a time; exits if one failed.
parallel() {
  local command=$1 line logs pids='' failed='' count=0
  logs=$(mktemp -d)
  while read -r line; do
    [[ $line ]] || continue
    if [[ $dry_run ]]; then
      "$command" "$line"
      continue
    fi
    count=$((count + 1))
    ("$command" "$line") >"$logs/$count.out" 2>"$logs/$count.err" </dev/null &
    pids+=" $!"
    if ((count % side_by_side == 0)); then
      finished || failed=1
    fi
  done
  finished || failed=1
  rm -rf "$logs"
  [[ ! $failed ]] || exit 1
}

# Waits for the `pids` of parallel and prints their output. The logs are numbered in start order.
finished() {
  local pid failed='' number=$((count - $(wc -w <<<"$pids")))
  for pid in $pids; do
    number=$((number + 1))
    wait "$pid" || failed=1
    cat "$logs/$number.out"
    cat "$logs/$number.err" >&2
  done
  pids=''
  [[ ! $failed ]]
}

# stopped OUTPUT COMMAND: ends the script and prints what to do.
stopped() {
  local advice
  case $1 in
    *[Bb]illing*) advice="link it: gcloud billing projects link $project --billing-account ID" ;;
    *"do not currently have an active account"* | *"Reauthentication"*) advice='sign in: gcloud auth login' ;;
    *PERMISSION_DENIED* | *"does not have permission"* | *"Permission denied"*)
      advice="sign in as an owner of $project (gcloud auth login), or ask one to grant you roles/owner" ;;
    *SERVICE_DISABLED* | *"has not been used in project"*)
      advice='wait a minute, because an API was enabled only a moment ago' ;;
    *) advice='fix the cause that the message above names' ;;
  esac
  printf 'deploy.sh: this command failed:\n  %s\nWhat to do: %s. Then run deploy.sh again;' "$2" "$advice" >&2
  printf ' it continues where it stopped.\n' >&2
  exit 1
}
