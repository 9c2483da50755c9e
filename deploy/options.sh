# shellcheck shell=bash
# What the caller asked for, and the names that follow from it.

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
    fail "--only takes one of: $steps $(function_names | tr '\n' ' ')"
  fi
  [[ $dry_run ]] || needs gcloud python3
  base="https://$region-$project.cloudfunctions.net"
  bucket="$project-soku-media"
}

# The address of an account of ours. Google wants names of at least six letters.
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
    command -v "$command" >/dev/null || fail "$command is not installed. gcloud:" \
      "https://cloud.google.com/sdk/docs/install, python3: apt-get install python3"
  done
}
