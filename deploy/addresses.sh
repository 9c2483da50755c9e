# shellcheck shell=bash
# The public addresses of the pages: those of the functions, or those of a domain of your own, for
# which Firebase Hosting forwards requests to the functions.

# Sets connect_url and dashboard_url. A deployment keeps its domain until --domain changes it.
find_addresses() {
  [[ ! $connect_url ]] || return 0
  [[ $domain ]] || find_domain
  if [[ $domain == none ]]; then
    connect_url=$base/connect dashboard_url=$base/dashboard
  else
    connect_url=https://$domain/connect dashboard_url=https://$domain
  fi
}

# Sets `domain` to that of the deployment, which is in the CONNECT_URL of its functions, or to none.
find_domain() {
  local known
  known=$(ask gcloud functions list --v2 --project "$project" --regions "$region" \
    --format 'value(serviceConfig.environmentVariables.CONNECT_URL)' | sed '/^$/d' | sort -u)
  case $known in
    *$'\n'*) fail "the functions have different domains, because a change did not reach all of" \
      "them. Choose one with --domain. CONNECT_URL is now: ${known//$'\n'/, }" ;;
    '' | "$base/connect") domain=none ;;
    *) domain=${known#https://} domain=${domain%/connect} ;;
  esac
}

# own_addresses FUNCTION: the addresses that it needs, one NAME=VALUE per line.
own_addresses() {
  local line
  {
    printf '%s\n' "CONNECT_URL=$connect_url" "DASHBOARD_URL=$dashboard_url"
    [[ $domain == none ]] || echo "PUBLIC_URL=$dashboard_url"
  } | while read -r line; do
    ! needs_variable "$1" "${line%%=*}" || echo "$line"
  done
}

# Lets users sign in on the pages.
deploy_identity() {
  find_addresses
  local host=${dashboard_url#https://}
  run python3 deploy/identity.py "$project" "${host%%/*}"
}

# The web API key for signing in; a dry run shows where it stands.
identity_key() {
  [[ ! $dry_run ]] || echo WEB_API_KEY
  ask python3 deploy/identity.py "$project" --api-key
}

# What the operator does in other places than gcloud. Firebase Hosting and OAuth clients of Google
# have no command there.
print_manual_steps() {
  [[ $domain == none ]] || print_hosting_steps
  cat <<EOF

To let users sign in with Google, too (docs/operating.md, "Signing in"):
  1. Fill in the app's name and the audience "External", and publish the app:
     https://console.cloud.google.com/auth/overview?project=$project
  2. Create an OAuth client of the type "Web application":
     https://console.cloud.google.com/auth/clients?project=$project
     Authorized redirect URI: $dashboard_url/sign-in/google/callback
  3. Add the provider Google with its client ID and secret:
     https://console.cloud.google.com/customer-identity/providers?project=$project
EOF
  print_callbacks
}

print_hosting_steps() {
  cat <<EOF

To serve the pages on $domain (docs/operating.md, "Your own domain"):
  1. sed 's/us-central1/$region/' firebase.json >firebase.$project.json
  2. npx firebase-tools projects:addfirebase $project
  3. npx firebase-tools deploy --only hosting --project $project --config firebase.$project.json
  4. Add the custom domain $domain, and the DNS records that Firebase names:
     https://console.firebase.google.com/project/$project/hosting/sites
EOF
}

# The addresses to register in the developer portals.
print_callbacks() {
  local platform
  printf '\nIn the developer app of each platform, register these addresses (docs/platforms.md):\n'
  for platform in $(platforms); do
    echo "  $platform"
    echo "    redirect URI:  $connect_url/callback/$platform"
    is_one_of "$platform" "$(meta_platforms)" || continue
    echo "    deauthorize:   $connect_url/meta/$platform/deauthorize"
    echo "    data deletion: $connect_url/meta/$platform/delete"
  done
}
