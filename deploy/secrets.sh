# shellcheck shell=bash
# Secrets and their variables: token-keyset is TOKEN_KEYSET, x-client-id is X_CLIENT_ID.

# Only for deployments whose users pay with Stripe; the others leave them empty.
readonly stripe_secrets='
stripe-secret-key
stripe-webhook-secret
'

deploy_secrets() {
  local name rows=()
  for name in $(secret_names); do rows+=("$name=$(readers_of "$name")"); done
  run python3 deploy/secret_access.py "$project" "${rows[@]}"
  generate_secrets
}

secret_names() {
  names "$generated_secrets"
  given_names
}

# The secrets that the operator adds.
given_names() {
  client_names
  sed '/^$/d' <<<"$stripe_secrets"
}

client_names() {
  local app
  for app in $(apps); do
    printf '%s\n' "$app-client-id" "$app-client-secret"
  done
}

# readers_of SECRET: the accounts of the functions that the table gives it to, by its name or that of
# its group, with commas.
readers_of() {
  local name group='' readers=''
  case $1 in
    *-client-id | *-client-secret) group=clients ;;
    stripe-*) group=stripe ;;
  esac
  for name in $(functions_that secrets "$1") $(functions_that secrets "$group"); do
    readers+=",$(account "$name")"
  done
  echo "${readers#,}"
}

# Secrets that nobody needs to know are generated once, straight into Secret Manager. A secret
# that ever had a version is left alone: a second keyset could not decrypt the existing tokens.
generate_secrets() {
  local name maker there
  while read -r name maker; do
    there=$(versions_of "$name" </dev/null)
    [[ $there ]] || run_fed "${maker/PROJECT/$project}" \
      gcloud secrets versions add "$name" --project "$project" --data-file=-
  done < <(rows "$generated_secrets")
}

# The states of a secret's versions, one per line.
versions_of() {
  ask gcloud secrets versions list "$1" --project "$project" --format 'value(state)' |
    tr '[:upper:]' '[:lower:]'
}

# The secrets of the operator that have a value: a function with an empty secret does not start.
filled_secrets() {
  # shellcheck disable=SC2046
  ask python3 deploy/secret_access.py "$project" --filled $(given_names)
}

# secrets_for SECRETS: the secrets of a function, in the form of --set-secrets.
secrets_for() {
  local kind app name values=''
  for kind in ${1//,/ }; do
    case $kind in
      -) ;;
      clients)
        for app in $(apps); do
          has_client "$app" || continue
          values+=",$(mounted "$app-client-id"),$(mounted "$app-client-secret")"
        done
        ;;
      stripe)
        for name in $stripe_secrets; do
          is_one_of "$name" "$filled" || continue
          values+=",$(mounted "$name")"
        done
        ;;
      stripe-*)
        ! is_one_of "$kind" "$filled" || values+=",$(mounted "$kind")"
        ;;
      *) values+=",$(mounted "$kind")" ;;
    esac
  done
  echo "${values#,}"
}

mounted() {
  echo "$(tr '[:lower:]-' '[:upper:]_' <<<"$1")=$1:latest"
}

# has_client APP; `filled` is the output of filled_secrets.
has_client() {
  is_one_of "$1-client-id" "$filled" && is_one_of "$1-client-secret" "$filled"
}

# The commands with which the operator adds the client ids and secrets that are missing.
print_missing_clients() {
  local app part empty=''
  for app in $(apps); do
    has_client "$app" && continue
    empty=1
    for part in client-id client-secret; do
      is_one_of "$app-$part" "$filled" || echo "  printf %s '…' |" \
        "gcloud secrets versions add $app-$part --project $project --data-file=-"
    done
  done
  [[ ! $empty ]] || echo "  ./deploy.sh --project $project --region $region --only functions"
}
