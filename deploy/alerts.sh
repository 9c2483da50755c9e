# shellcheck shell=bash
# The alerts of docs/operating.md.

deploy_alerts() {
  if [[ $alert_email ]]; then
    run python3 deploy/alerts.py "$project" docs/operating.md "$alert_email"
  else
    echo "Alerts are not changed: give an address with --alert-email."
  fi
}

# Otherwise the silence of the sweeper would be reported.
delete_alerts() {
  run python3 deploy/alerts.py "$project" docs/operating.md --delete
}
