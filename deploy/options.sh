# shellcheck shell=bash
# The options of the command line, and the names that follow from them.

readonly steps='services accounts firestore bucket secrets queues functions jobs smoke-test'

usage() {
  sed -n '2,10p' deploy.sh | sed 's/^# \{0,1\}//' >&2
  exit 2
}

# Sets project, region, dry_run, only and delete; then the names below.
read_options() {
  project='' region='' dry_run='' only='' delete=''
  while (($#)); do
    case $1 in
      --project) project=${2:-}; shift 2 || usage ;;
      --region) region=${2:-}; shift 2 || usage ;;
      --only) only=${2:-}; [[ $only ]] || usage; shift 2 ;;
      --dry-run) dry_run=1; shift ;;
      --delete) delete=1; shift ;;
      *) usage ;;
    esac
  done
  [[ $project && $region ]] || usage
  if [[ $only ]] && ! is_one_of "$only" "$steps $(function_names)"; then
    fail "--only must be one of: $steps $(function_names | tr '\n' ' ')"
  fi
  [[ $dry_run ]] || needs gcloud python3
  base="https://$region-$project.cloudfunctions.net"
  bucket="$project-soku-media"
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
