#!/bin/sh
# Let kubectl act as this job, by a token that lasts minutes.
# CLUSTER: the address of an API server that trusts GitHub's issuer.
set -eu

answer=$(curl --fail --silent --show-error --get \
	--header "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \
	--data-urlencode "audience=$CLUSTER" \
	"$ACTIONS_ID_TOKEN_REQUEST_URL")
token=$(echo "$answer" | jq --raw-output --exit-status .value)
echo "::add-mask::$token"
kubectl config set-cluster shop --server="$CLUSTER"
kubectl config set-credentials github --token="$token"
kubectl config set-context shop --cluster=shop --user=github
kubectl config use-context shop
