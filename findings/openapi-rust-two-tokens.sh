#!/usr/bin/env bash
# A client in Rust that openapi-generator made: where either of two bearer tokens will do, it sends the header Authorization twice.
#
# `security: [{userToken: []}, {adminToken: []}]` means one or the other. The Rust client (reqwest) has one bearer token in its configuration, and adds
# it once for each alternative; reqwest appends a header and does not replace it. A server that takes HTTP at its word (RFC 9110, 5.3: a
# field that is no list comes once) refuses the request, and one that does not joins both or picks one. The client of the same document in
# Python sends it once. Seen with 7.25.0; 7.17.0 writes the same lines.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >api.json <<'JSON'
{"openapi": "3.1.0", "info": {"title": "orders", "version": "1"}, "paths": {"/order": {"get": {"operationId": "order", "tags": ["orders"],
  "security": [{"userToken": []}, {"adminToken": []}], "responses": {"200": {"description": "an order", "content": {"application/json": {"schema":
  {"$ref": "#/components/schemas/Order"}}}}}}}},
 "components": {"schemas": {"Order": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}}, "securitySchemes": {
  "userToken": {"type": "http", "scheme": "bearer"}, "adminToken": {"type": "http", "scheme": "bearer"}}}}
JSON
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact=org.openapitools:openapi-generator-cli:7.25.0 \
  "-Dmaven.repo.local=$work/maven" "-DoutputDirectory=$work" >maven.log 2>&1
java -jar openapi-generator-cli-7.25.0.jar generate -i api.json -g rust -o made --additional-properties=library=reqwest,packageName=made >generate.log 2>&1

mkdir -p ask/src
cat >ask/Cargo.toml <<'TOML'
[package]
name = "ask"
version = "1.0.0"
edition = "2021"
[dependencies]
made = { path = "../made", default-features = false }
reqwest = { version = "=0.13.5", default-features = false }
tokio = { version = "=1.54.1", features = ["macros", "rt"] }
TOML
cat >ask/src/main.rs <<'RUST'
use made::apis::{configuration::Configuration, orders_api};
use std::io::{BufRead, BufReader, Write};

fn main() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base_path = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let head: Vec<String> = BufReader::new(connection.try_clone().unwrap()).lines().map_while(Result::ok).take_while(|l| !l.is_empty()).collect();
        let body = "{\"id\":1}";
        write!(connection, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).unwrap();
        head
    });
    let configuration = Configuration { base_path, bearer_access_token: Some("token-1".into()), ..Configuration::new() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(orders_api::order(&configuration)).unwrap();
    let sent = server.join().unwrap();
    for line in &sent {
        println!("  {line}");
    }
    let times = sent.iter().filter(|line| line.to_lowercase().starts_with("authorization:")).count();
    println!("one call with one token: Authorization was sent {times} times");
    if times != 2 {
        println!("NOT as described: it behaves otherwise now");
        std::process::exit(1);
    }
    println!("as described");
}
RUST
echo "openapi-generator 7.25.0, reqwest 0.13.5, $(cargo --version)"
(cd ask && CARGO_TARGET_DIR="$work/target" cargo run -q)
