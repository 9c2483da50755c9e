# shellcheck shell=bash
# Reading the tables of deploy.sh.

# The rows of a table, without its header.
rows() {
  tail -n +3 <<<"$1" | sed '/^$/d'
}

# The first column of a table.
names() {
  rows "$1" | cut -d' ' -f1
}

# functions_that COLUMN VALUE: the functions whose column (queues or secrets) names the value.
functions_that() {
  local name into given values
  rows "$functions" | while read -r name _ _ _ _ _ _ into given; do
    values=$into
    [[ $1 == secrets ]] && values=$given
    case ,$values, in *",$2,"*) echo "$name" ;; esac
  done
}

# A folder with a publishing.py is a platform, as in shared/platforms/registry.py.
platforms() {
  local job
  for job in shared/platforms/*/publishing.py; do
    basename "$(dirname "$job")"
  done
}

# The names of our client apps; `client_apps` is the output of client_apps.py.
apps() {
  cut -d' ' -f2 <<<"$client_apps"
}

# The platforms of Meta, which call us when a user leaves.
meta_platforms() {
  grep -l 'shared\.platforms\.meta' shared/platforms/*/connecting.py | cut -d/ -f3
}

# The rows of the queues, with those named publish and collect repeated for each platform.
queue_rows() {
  local name rest platform
  rows "$queues" | while read -r name rest; do
    if [[ $name != publish && $name != collect ]]; then
      echo "$name $rest"
      continue
    fi
    for platform in $(platforms); do echo "$name-$platform $rest"; done
  done
}
