# shellcheck shell=bash
# The variables of the functions: those that deploy.sh sets, and those of the operator (--set,
# --env-file and --unset), which a function keeps until they are changed.

# Separates the variables in gcloud's options. No value can contain it.
readonly between=@@

# change_setting NAME=VALUE: adds a line to `settings`.
change_setting() {
  local name=${1%%=*}
  [[ $1 == *=* ]] || wrong_usage "--set needs NAME=VALUE instead of $1."
  check_setting "$name"
  [[ $1 != *$'\n'* && $1 != *"$between"* ]] ||
    wrong_usage "The value of $name cannot contain a line break or $between."
  settings=$(other_lines "$settings" "$name")
  settings+=${settings:+$'\n'}$1
  unset_names=$(other_lines "$unset_names" "$name")
}

# remove_setting NAME: adds a line to `unset_names`.
remove_setting() {
  check_setting "$1"
  settings=$(other_lines "$settings" "$1")
  unset_names=$(other_lines "$unset_names" "$1")
  unset_names+=${unset_names:+$'\n'}$1
}

# read_settings FILE: lines of NAME=VALUE; empty lines and lines that start with # are skipped.
read_settings() {
  local line
  [[ -r $1 ]] || wrong_usage "The file $1 cannot be read."
  while IFS= read -r line || [[ $line ]]; do
    line=${line%$'\r'}
    case $line in
      '' | '#'*) ;;
      *=*) change_setting "$line" ;;
      *) wrong_usage "A line of $1 is not NAME=VALUE: $line." ;;
    esac
  done <"$1"
}

# other_lines LINES NAME: the lines that are not NAME or NAME=VALUE.
other_lines() {
  local line
  while IFS= read -r line; do
    [[ ! $line || ${line%%=*} == "$2" ]] || printf '%s\n' "$line"
  done <<<"$1"
}

# A setting is a variable that a deployment can have, that is not secret and that this script does
# not set itself.
check_setting() {
  local secret
  secret=$(tr '[:upper:]_' '[:lower:]-' <<<"$1")
  if is_one_of "$secret" "$(names "$generated_secrets")" ||
    [[ $1 == *_CLIENT_ID || $1 == *_CLIENT_SECRET || $1 == STRIPE_SECRET_KEY || $1 == STRIPE_WEBHOOK_SECRET ]]; then
    wrong_usage "$1 is a secret; add a version to $secret with gcloud secrets versions add."
  elif is_one_of "$1" 'CONNECT_URL DASHBOARD_URL PUBLIC_URL'; then
    wrong_usage "deploy.sh sets $1 by --domain."
  elif is_one_of "$1" "$(own_variables 1 | cut -d= -f1)"; then
    wrong_usage "deploy.sh sets $1 itself."
  elif is_one_of "$1" "$(variables_of local)"; then
    wrong_usage "$1 is only for the local stack."
  elif ! is_one_of "$1" "$(variables_of '[a-z, ]+')"; then
    wrong_usage "There is no variable $1 in docs/configuration.md."
  fi
}

# check_values: refuses the values that the functions would refuse at their start.
check_values() {
  local faults
  faults=$(python3 deploy/check_settings.py <<<"$settings")
  [[ ! $faults ]] || wrong_usage "$faults."
}

# variables_of READERS: the names in the table of docs/configuration.md, by their last column.
variables_of() {
  local name
  sed -nE "s/^\| \`([A-Z_<>]+)\` \| [^|]+ \| ($1): .*/\1/p" docs/configuration.md |
    while read -r name; do
      case $name in
        '<PLATFORM>'*) platforms | tr '[:lower:]' '[:upper:]' | sed "s/\$/${name#<PLATFORM>}/" ;;
        *) echo "$name" ;;
      esac
    done
}

# needs_variable FUNCTION NAME: whether the table names the function for this variable.
needs_variable() {
  local readers
  readers=$(sed -nE "s/^\| \`$2\` \| [^|]+ \| ([a-z, ]+): .*/\1/p" docs/configuration.md)
  [[ $readers == all || ,${readers// /}, == *",$1,"* ]]
}

# own_variables THREADS: the variables that this script sets, one NAME=VALUE per line.
own_variables() {
  printf '%s\n' \
    "GOOGLE_CLOUD_PROJECT=$project" \
    "REGION=$region" \
    "ORCHESTRATOR_URL=$base/orchestrator" \
    "PUBLISHER_URL=$base/publisher" \
    "SWEEPER_URL=$base/sweeper" \
    "COLLECTOR_URL=$base/collector" \
    "WEBHOOKS_URL=$base/webhooks" \
    "TASKS_INVOKER=$(account tasks-invoker)" \
    "SCHEDULER_INVOKER=$(account scheduler)" \
    "MEDIA_BUCKET=$bucket" \
    "THREADS=$1"
}

# variables FUNCTION THREADS: everything to set on the function, in the form of gcloud.
variables() {
  local line lines list=''
  lines=$(
    own_variables "$2"
    own_addresses "$1"
    [[ $1 != api && $1 != dashboard ]] || default_value "$1" API_URL echo "$base/api"
    [[ $1 != dashboard ]] || default_value dashboard IDENTITY_API_KEY identity_key
    printf '%s\n' "$settings"
  ) || exit 1 # within $(…) nothing else stops the script
  while IFS= read -r line; do
    [[ ! $line ]] || list+=${list:+$between}$line
  done <<<"$lines"
  echo "^$between^$list"
}

# default_value FUNCTION NAME COMMAND…: the variable with the command's output, unless the function
# has or gets another value. `functions_there` has a line for each function: its name, and those of
# these variables that it has.
default_value() {
  local value
  is_one_of "$2" "$(cut -d= -f1 <<<"$settings")" && return
  if is_one_of "$2" "$unset_names" || ! is_one_of "$2" "$(sed -n "s/^$1 //p" <<<"$functions_there")"; then
    value=$("${@:3}") || exit 1
    echo "$2=$value"
  fi
}
