# shellcheck shell=bash
# How commands are run: printed alone in a dry run, in parallel, and what is said of a failure.

readonly side_by_side=6

fail() {
  printf 'deploy.sh: %s\n' "$*" >&2
  exit 1
}

# step NAME COMMAND: one part of the plan, unless only another one was asked for.
step() {
  if [[ $only && $only != "$1" ]]; then
    if [[ $1 != functions ]] || is_one_of "$only" "$steps"; then return; fi
  fi
  printf '\n# %s\n' "$1"
  "$2"
}

# Runs one command that changes something, or prints it.
run() {
  if [[ $dry_run ]]; then
    shown "$@"
    return
  fi
  local errors said status=0
  errors=$(mktemp)
  "$@" 2>"$errors" || status=$?
  said=$(<"$errors")
  rm -f "$errors"
  [[ ! $said ]] || echo "$said" >&2
  [[ $status == 0 ]] || stopped "$said" "$(shown "$@")"
}

# run_fed PRODUCER COMMAND…: like run, with what the shell command PRODUCER prints as input.
run_fed() {
  local producer=$1
  shift
  if [[ $dry_run ]]; then
    printf '%s | ' "$producer"
    shown "$@"
    return
  fi
  local input
  input=$(bash -c "$producer") || fail "this failed: $producer"
  run "$@" < <(printf %s "$input")
}

# The command as one could type it.
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

# Grants a role. An account made a moment ago is not known everywhere yet, so that is tried again.
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

# What a command that changes nothing answers; nothing in a dry run, as in an empty project.
ask() {
  [[ $dry_run ]] || run "$@"
}

# parallel COMMAND < lines: runs COMMAND for each line, some at a time; then stops if one failed.
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

# Waits for the `pids` of parallel and shows what they said. Their logs are numbered as they began.
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

# stopped WHAT-IT-SAID COMMAND: ends the script and says what to do.
stopped() {
  local advice
  case $1 in
    *[Bb]illing*) advice="link it: gcloud billing projects link $project --billing-account ID" ;;
    *"do not currently have an active account"* | *"Reauthentication"*) advice='sign in: gcloud auth login' ;;
    *PERMISSION_DENIED* | *"does not have permission"* | *"Permission denied"*)
      advice="sign in as an owner of $project (gcloud auth login), or have one grant you roles/owner" ;;
    *SERVICE_DISABLED* | *"has not been used in project"*)
      advice='an API that was enabled a moment ago needs a minute' ;;
    *) advice='mend what the message above says' ;;
  esac
  printf 'deploy.sh: this failed:\n  %s\nWhat to do: %s; then run deploy.sh again.' "$2" "$advice" >&2
  printf ' What was done before stays and is not done twice.\n' >&2
  exit 1
}
