# shellcheck shell=bash
# The database, its security rules, indexes and TTL policies.

deploy_firestore() {
  deploy_database
  run python3 deploy/security_rules.py "$project" firestore.rules
  run python3 deploy/firestore_indexes.py "$project" firestore.indexes.json
}

deploy_database() {
  local there
  there=$(ask gcloud firestore databases list --project "$project" \
    --format 'csv[no-heading](name.basename(),type)')
  case $'\n'$there$'\n' in
    *$'\n(default),FIRESTORE_NATIVE\n'*) ;;
    *$'\n(default),'*)
      fail "the database (default) of $project is not in native mode. Use another project, or," \
        "if it is empty, run: gcloud firestore databases update --project $project --type firestore-native"
      ;;
    *)
      run gcloud firestore databases create --project "$project" --location "$region" \
        --type firestore-native --delete-protection --format none
      ;;
  esac
}
