# shellcheck shell=bash
# The options of the command line, and the names that follow from them.

readonly steps='services accounts firestore bucket secrets queues identity functions jobs alerts smoke-test'

# The comment at the top of deploy.sh.
help() {
  sed -n '2,/^set /p' deploy.sh | sed -n 's/^# \{0,1\}//p'
}

# wrong_usage WORD…: ends the script with one sentence and a hint.
wrong_usage() {
  printf 'deploy.sh: %s For help, run: ./deploy.sh --help\n' "$*" >&2
  exit 2
}

# Sets project, region, dry_run, only, delete, alert_email, max_instances, min_instances and domain,
# settings and unset_names (settings.sh); then the names below.
read_options() {
  project='' region='' dry_run='' only='' delete='' alert_email=''
  max_instances='' min_instances='' domain='' settings='' unset_names=''
  base='' bucket='' client_apps='' connect_url='' dashboard_url=''
  while (($#)); do
    case $1 in
      --*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
    esac
    case $1 in
      --help | -h) help; exit ;;
      --dry-run) dry_run=1 ;;
      --delete) delete=1 ;;
      --project | --region | --only | --alert-email | --max-instances | --min-instances | \
        --domain | --set | --unset | --env-file)
        [[ ${2:-} && $2 != --* ]] || wrong_usage "$1 needs a value."
        read_option "$1" "$2"
        shift
        ;;
      *) wrong_usage "There is no option $1." ;;
    esac
    shift
  done
  check_options
  base="https://$region-$project.cloudfunctions.net"
  bucket="$project-soku-media"
  client_apps=$(python3 deploy/client_apps.py)
}

# read_option OPTION VALUE
read_option() {
  case $1 in
    --project) project=$2 ;;
    --region) region=$2 ;;
    --only) only=$2 ;;
    --alert-email) alert_email=$2 ;;
    --max-instances) max_instances=$(number "$1" "$2") ;;
    --min-instances) min_instances=$(number "$1" "$2") ;;
    --domain) domain=$2 ;;
    --set) change_setting "$2" ;;
    --unset) remove_setting "$2" ;;
    --env-file) read_settings "$2" ;;
  esac
}

number() {
  [[ $2 =~ ^[0-9]{1,4}$ ]] || wrong_usage "The value of $1 is not a whole number: $2."
  echo "$2"
}

check_options() {
  [[ $project ]] || wrong_usage '--project is missing.'
  [[ $region ]] || wrong_usage '--region is missing.'
  if [[ $only ]] && ! is_one_of "$only" "$steps $(names "$functions")"; then
    wrong_usage "--only must be one of: $steps $(names "$functions" | tr '\n' ' ' | sed 's/ $//')."
  fi
  [[ $max_instances != 0 ]] || wrong_usage 'The value of --max-instances must be at least 1.'
  [[ ! $alert_email || $alert_email == ?*@?*.?* ]] ||
    wrong_usage "The value of --alert-email is not an email address: $alert_email."
  if [[ $settings || $unset_names || $max_instances || $min_instances ]] &&
    is_one_of "$only" "${steps/functions /}"; then
    wrong_usage "--only $only deploys no function, so it cannot change variables or instances."
  fi
  [[ $domain =~ ^(none|([a-z0-9-]+\.)+[a-z]{2,})?$ ]] ||
    wrong_usage "The value of --domain is not a domain such as soku.example.com: $domain."
  if [[ $domain && ($only || $delete) ]]; then
    wrong_usage '--domain concerns several steps, so it cannot be used with --only or --delete.'
  fi
  if [[ $delete && ($only || $settings || $unset_names || $max_instances || $min_instances || $alert_email) ]]; then
    wrong_usage '--delete deletes the whole deployment: use it only with --project, --region and --dry-run.'
  fi
  [[ $only != alerts || $alert_email ]] || wrong_usage '--only alerts needs --alert-email.'
  [[ $dry_run ]] || needs gcloud
  needs python3
  [[ ! $settings ]] || check_values
}

# The email of a service account. Google requires names of at least six characters.
account() {
  case $1 in
    tasks-invoker | scheduler) echo "$1@$project.iam.gserviceaccount.com" ;;
    *) echo "soku-$1@$project.iam.gserviceaccount.com" ;;
  esac
}

is_one_of() {
  local each
  for each in $2; do [[ $each == "$1" ]] && return; done
  return 1
}

needs() {
  local command
  for command; do
    command -v "$command" >/dev/null || fail "$command is not installed. To install gcloud, see" \
      "https://cloud.google.com/sdk/docs/install; to install python3, run: apt-get install python3"
  done
}
