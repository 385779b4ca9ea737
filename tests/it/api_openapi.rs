//! The OpenAPI document says what the routes do.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::app;

fn document() -> Value {
    serde_json::to_value(api::router::document()).unwrap()
}

/// Every operation as (method, path, operation).
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let each = paths.iter().flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (method.clone(), path.clone(), operation.clone()))
    });
    each.filter(|(_, _, operation)| operation["responses"].is_object()).collect()
}

#[test]
fn it_is_openapi_3_1_and_every_operation_has_a_name_of_its_own() {
    let document = document();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let operations = operations(&document);
    let names: BTreeSet<&str> =
        operations.iter().map(|(_, _, o)| o["operationId"].as_str().unwrap()).collect();
    assert_eq!(names.len(), operations.len());
    for (method, path, operation) in &operations {
        assert!(operation["tags"][0].is_string(), "{method} {path} has no tag");
        assert!(operation["summary"].is_string(), "{method} {path} does not say what it does");
    }
}

#[test]
fn every_operation_can_answer_with_a_problem() {
    let document = document();
    assert!(document["components"]["schemas"]["Problem"]["properties"]["code"].is_object());
    for (method, path, operation) in operations(&document) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let is_problem = status == "default" || status.starts_with('4');
            let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
            assert!(
                !is_problem || schema == "#/components/schemas/Problem",
                "{method} {path} {status}: {response}"
            );
        }
        assert!(operation["responses"]["default"].is_object(), "{method} {path}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut open = vec![&document];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
                }
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

#[test]
fn whoever_needs_a_token_says_so() {
    let open = ["auth", "meta", "webhooks"];
    for (method, path, operation) in operations(&document()) {
        let tag = operation["tags"][0].as_str().unwrap();
        let guarded = operation["security"].is_array();
        let reads_in_public = method == "get" || path.contains("{token}");
        assert!(
            guarded || open.contains(&tag) || reads_in_public,
            "{method} {path} is open to all"
        );
    }
}

#[test]
fn what_an_access_token_opens_its_cookie_opens_too() {
    let document = document();
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["cookie"]["in"], "cookie");
    assert_eq!(schemes["csrf"]["name"], "X-CSRF-Token");
    for (method, path, operation) in operations(&document) {
        let security = operation["security"].as_array().cloned().unwrap_or_default();
        let roles = |scheme: &str| -> Vec<Value> {
            security.iter().filter_map(|line| line.get(scheme).cloned()).collect()
        };
        assert_eq!(roles("cookie"), roles("bearer"), "{method} {path}");
        let guarded = if method == "get" { 0 } else { roles("cookie").len() };
        assert_eq!(roles("csrf").len(), guarded, "{method} {path}");
    }
    for path in ["register", "login", "oauth/exchange"] {
        let parameters = &document["paths"][format!("/v1/auth/{path}")]["post"]["parameters"];
        assert_eq!(parameters[0]["name"], "Folio-Session", "{path}");
    }
}

#[test]
fn a_body_is_required_if_a_member_of_it_is() {
    let document = document();
    let required = |method: &str, path: &str| {
        document["paths"][path][method]["requestBody"]["required"].as_bool().unwrap_or_default()
    };
    assert!(required("post", "/v1/auth/login"));
    for path in ["/v1/auth/verify-email/resend", "/v1/auth/refresh", "/v1/me/export"] {
        assert!(!required("post", path), "{path}");
    }
    assert!(!required("patch", "/v1/me"));
}

#[test]
fn what_must_not_be_null_and_which_words_there_are_is_said() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let change = &schemas["ChangeMe"]["properties"];
    assert_eq!(change["username"]["type"], "string");
    assert_eq!(change["bio"]["type"], json!(["string", "null"]));
    let words = |schema: &Value| {
        let named = schema["$ref"].as_str().unwrap().strip_prefix('#').unwrap();
        document.pointer(named).unwrap()["enum"].clone()
    };
    assert_eq!(words(&schemas["NewKey"]["properties"]["mode"]), json!(["live", "test"]));
    let scopes = json!(["wallets:read", "generations:read", "generations:write"]);
    assert_eq!(words(&schemas["NewKey"]["properties"]["scopes"]["items"]), scopes);
    let roles = words(&schemas["WantedRoles"]["properties"]["roles"]["items"]);
    assert!(roles.as_array().unwrap().contains(&json!("moderator")), "{roles}");
    let filters = document["paths"]["/v1/admin/users"]["get"]["parameters"].as_array().unwrap();
    let role = filters.iter().find(|parameter| parameter["name"] == "role").unwrap();
    assert!(role["schema"].to_string().contains("moderator"), "{role}");
}

#[tokio::test]
async fn the_served_document_and_its_pages_need_nobody_else() {
    let app = app().await;
    let served = app.visitor().get("/openapi.json").await.ok(200);
    assert_eq!(served, document());
    let page = reqwest::get(format!("{}/docs/", app.url)).await.unwrap();
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    assert!(page.contains("swagger-ui") && !page.contains("https://"), "{page}");
}
