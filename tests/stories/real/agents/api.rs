//! What agents ask: the Responses API, the Messages API, and an MCP server over streamable HTTP. Each request must have the current token,
//! once and as a bearer token.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::{Value, json};

use crate::stand_in::{Answer, Request, StandIn};

/// When the token's time is over, for the vendor as for tokcli.
#[derive(Clone, Copy)]
pub enum Ages {
    Never,
    /// When somebody comes with it for the first time.
    Before(&'static str),
    /// Once somebody was here with it.
    After(&'static str),
}

pub struct Api {
    port: u16,
    desk: Arc<Desk>,
}

struct Desk {
    vendor: Arc<StandIn>,
    later: PathBuf,
    ages: Ages,
    aged: AtomicBool,
    seen: Mutex<Vec<String>>,
    keys: AtomicBool,
}

impl Api {
    pub fn start(vendor: &Arc<StandIn>, later: PathBuf, ages: Ages) -> Api {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let desk = Arc::new(Desk {
            vendor: vendor.clone(),
            later,
            ages,
            aged: AtomicBool::new(false),
            seen: Mutex::default(),
            keys: AtomicBool::new(false),
        });
        let answering = desk.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let desk = answering.clone();
                // Who hangs up early has what was wanted.
                thread::spawn(move || drop(desk.answer(stream)));
            }
        });
        Api { port, desk }
    }

    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Status, method and path of each request that had any token, and what was wrong with it.
    pub fn seen(&self) -> Vec<String> {
        self.desk.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often the MCP server gave an answer to a request, where nobody who had a token was refused.
    #[track_caller]
    pub fn answers(&self) -> usize {
        let seen = self.seen();
        let fits =
            |line: &String| ["200 ", "202 ", "405 GET /mcp"].iter().any(|start| line.starts_with(start));
        assert!(seen.iter().all(fits), "{seen:?}");
        seen.iter().filter(|line| *line == "200 POST /mcp").count()
    }

    /// Whether all came with the token as a key, too.
    pub fn had_keys(&self) -> bool {
        self.desk.keys.load(Ordering::Relaxed)
    }
}

impl Desk {
    fn answer(&self, mut stream: TcpStream) -> io::Result<()> {
        let request = Request::read(&mut stream)?;
        if matches!(self.ages, Ages::Before(path) if path == request.path) {
            self.age();
        }
        let wrong = self.wrong(&request);
        let answer = match wrong {
            None => serve(&request),
            Some(_) => {
                Answer::json(401, &json!({ "error": { "type": "authentication_error", "message": "no" } }))
                    .with("WWW-Authenticate", "Bearer")
            }
        };
        if wrong != Some("nothing") {
            let what = wrong.map(|wrong| format!(": {wrong}")).unwrap_or_default();
            let line = format!("{} {} {}{what}", answer.status, request.method, request.path);
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
        if wrong.is_none() && matches!(self.ages, Ages::After(path) if path == request.path) {
            self.age();
        }
        answer.send(&mut stream)
    }

    fn wrong(&self, request: &Request) -> Option<&'static str> {
        let token = self.vendor.current().access_token;
        let keys = request.headers_named("x-api-key");
        if keys.iter().any(|key| *key != token) {
            return Some("another key");
        }
        if !keys.is_empty() {
            self.keys.store(true, Ordering::Relaxed);
        }
        match request.headers_named("authorization")[..] {
            [] => Some("nothing"),
            [value] if value != format!("Bearer {token}") => Some("another header"),
            [_] if !self.vendor.accepts(&token) => Some("a token that is over"),
            [_] => None,
            _ => Some("two headers"),
        }
    }

    /// Once.
    fn age(&self) {
        if !self.aged.swap(true, Ordering::SeqCst) {
            self.vendor.expire_access();
            std::fs::write(&self.later, "8000").expect("written");
        }
    }
}

fn serve(request: &Request) -> Answer {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/v1/responses") => responses(&body),
        ("POST", "/v1/messages") => messages(&body),
        ("POST", "/mcp") => mcp(&body),
        ("GET", "/mcp") => Answer::empty(405),
        _ => Answer::json(404, &json!({})),
    }
}

fn responses(body: &Value) -> Answer {
    let item = json!({
        "type": "message", "id": "m", "role": "assistant", "status": "completed",
        "content": [{ "type": "output_text", "text": "pong", "annotations": [] }],
    });
    let response = |status: &str, output: Value| {
        json!({
            "id": "r", "object": "response", "created_at": 1, "status": status, "model": "m", "output": output,
            "usage": {
                "input_tokens": 1, "input_tokens_details": { "cached_tokens": 0 }, "output_tokens": 1,
                "output_tokens_details": { "reasoning_tokens": 0 }, "total_tokens": 2,
            },
        })
    };
    let whole = response("completed", json!([item]));
    if body["stream"] != true {
        return Answer::json(200, &whole);
    }
    events(&[
        json!({ "type": "response.created", "response": response("in_progress", json!([])) }),
        json!({ "type": "response.output_item.done", "output_index": 0, "item": item }),
        json!({ "type": "response.completed", "response": whole }),
    ])
}

fn messages(body: &Value) -> Answer {
    let message = |content: Value, end: Value| {
        json!({
            "id": "msg", "type": "message", "role": "assistant", "model": "m", "content": content,
            "stop_reason": end, "stop_sequence": null, "usage": { "input_tokens": 1, "output_tokens": 1 },
        })
    };
    if body["stream"] != true {
        return Answer::json(200, &message(json!([{ "type": "text", "text": "pong" }]), json!("end_turn")));
    }
    let delta = json!({ "type": "text_delta", "text": "pong" });
    let end = json!({ "stop_reason": "end_turn", "stop_sequence": null });
    events(&[
        json!({ "type": "message_start", "message": message(json!([]), Value::Null) }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
        json!({ "type": "content_block_delta", "index": 0, "delta": delta }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "delta": end, "usage": { "output_tokens": 1 } }),
        json!({ "type": "message_stop" }),
    ])
}

/// Server-sent events, each named by its type.
fn events(all: &[Value]) -> Answer {
    let mut text = String::new();
    for event in all {
        text += &format!("event: {}\ndata: {event}\n\n", event["type"].as_str().expect("a type"));
    }
    Answer { body: text.into_bytes(), ..Answer::empty(200) }.with("Content-Type", "text/event-stream")
}

/// Of the revision of 2025-06-18: JSON in answer to each request, nothing to a notification, and no session.
fn mcp(body: &Value) -> Answer {
    let Some(id) = body.get("id") else {
        return Answer::empty(202);
    };
    let result = match body["method"].as_str().unwrap_or_default() {
        "initialize" => json!({
            "protocolVersion": body["params"]["protocolVersion"], "capabilities": { "tools": {} },
            "serverInfo": { "name": "stand-in", "version": "1" },
        }),
        "tools/list" => json!({ "tools": [{ "name": "ping", "inputSchema": { "type": "object" } }] }),
        "tools/call" => json!({ "content": [{ "type": "text", "text": "pong" }] }),
        "ping" => json!({}),
        _ => {
            let error = json!({ "code": -32601, "message": "unknown" });
            return Answer::json(200, &json!({ "jsonrpc": "2.0", "id": id, "error": error }));
        }
    };
    Answer::json(200, &json!({ "jsonrpc": "2.0", "id": id, "result": result }))
}
