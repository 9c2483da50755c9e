# shellcheck shell=bash
# The bucket: anyone who knows a file's name can read media/; uploads/ is private.

readonly reader_role=sokuMediaReader

# Conditions do not work for allUsers, legacy roles apply only to whole buckets, and objectViewer
# would let anyone list the names. So media/ is a managed folder with a role that can only read
# (cloud.google.com/storage/docs/access-control/iam-roles).
deploy_bucket() {
  make_bucket
  run gcloud storage buckets update "gs://$bucket" --project "$project" \
    --cors-file deploy/bucket-cors.json --lifecycle-file deploy/bucket-lifecycle.json
  make_role "$reader_role" 'Soku: reads media' storage.objects.get
  make_media_folder
  grant gcloud storage managed-folders add-iam-policy-binding "gs://$bucket/media/" \
    --project "$project" --member allUsers --format none \
    --role "projects/$project/roles/$reader_role"
  local name
  # The api and the dashboard store files; the sweeper removes those that nothing uses any more.
  for name in api dashboard sweeper; do
    grant gcloud storage buckets add-iam-policy-binding "gs://$bucket" --project "$project" \
      --member "serviceAccount:$(account "$name")" --role roles/storage.objectUser --format none
  done
}

make_bucket() {
  local there
  there=$(ask gcloud storage buckets list --project "$project" --format 'value(name)')
  is_one_of "$bucket" "$there" || run gcloud storage buckets create "gs://$bucket" \
    --project "$project" --location "$region" --uniform-bucket-level-access
}

make_media_folder() {
  local there
  there=$(ask gcloud storage managed-folders list "gs://$bucket" --project "$project" \
    --format 'value(name)')
  is_one_of media/ "$there" ||
    run gcloud storage managed-folders create "gs://$bucket/media/" --project "$project"
}
