#!/usr/bin/env bash
# A time that may be null, read by a client that openapi-generator made: null becomes the first of January 1970, without an error.
#
# OpenAPI 3.1 writes it `anyOf: [{$ref: Time}, {type: "null"}]`, as Pydantic and FastAPI do for every optional member. From that, version 7.17.0
# makes a TypeScript client whose member has the type Date and no null, and which gives null to `new Date`. "Not used yet" is then "used, in 1970", and
# the compiler says that no check for null is needed. 7.25.0 makes Date | null of the same document, and hands null through. The other way
# to write it, `type: ["string", "null"]`, is read rightly by both.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >api.json <<'JSON'
{"openapi": "3.1.0", "info": {"title": "orders", "version": "1"}, "paths": {"/order": {"get": {"operationId": "order", "responses": {"200": {
  "description": "an order", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}}}}},
 "components": {"schemas": {"Time": {"type": "string", "format": "date-time"}, "Order": {"type": "object", "required": ["paid", "sent"], "properties": {
  "paid": {"anyOf": [{"$ref": "#/components/schemas/Time"}, {"type": "null"}]}, "sent": {"type": ["string", "null"], "format": "date-time"}}}}}}
JSON
cat >read.ts <<'TS'
import { OrderFromJSON } from "./made";
const order = OrderFromJSON(JSON.parse('{"paid":null,"sent":null}'));
console.log(`paid: ${order.paid instanceof Date ? order.paid.toISOString() : order.paid}, sent: ${order.sent}`);
TS
npm install --silent --no-save typescript@5.9.3 >/dev/null

as_seen=0
heard() { # heard VERSION WANTED
  local jar=openapi-generator-cli-$1.jar said
  mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy "-Dartifact=org.openapitools:openapi-generator-cli:$1" \
    "-Dmaven.repo.local=$work/maven" "-DoutputDirectory=$work" >maven.log 2>&1
  rm -rf made out
  java -jar "$jar" generate -i api.json -g typescript-fetch -o made >generate.log 2>&1
  npx tsc --strict --target ES2022 --module commonjs --lib ES2022,DOM --outDir out read.ts
  said=$(node out/read.js)
  echo "openapi-generator $1 reads {\"paid\":null,\"sent\":null} as $said; type of paid: $(sed -n 's/^ *paid: \(.*\);$/\1/p' made/models/Order.ts | head -1)"
  if [[ $said != "$2" ]]; then as_seen=1; fi
}
echo "TypeScript $(npx tsc --version | cut -d' ' -f2), node $(node --version)"
heard 7.17.0 "paid: 1970-01-01T00:00:00.000Z, sent: null"
heard 7.25.0 "paid: null, sent: null"
if ((as_seen == 0)); then echo "as described"; else echo "NOT as described: it behaves otherwise now"; fi
exit "$as_seen"
