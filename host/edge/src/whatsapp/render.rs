//! The renderer of Graph API messages as plain text, for the terminal phone and for conversations.

use serde_json::Value;

/// A message as a person sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    /// Lines of text.
    pub lines: Vec<String>,
    /// The choices, in order.
    pub choices: Vec<Shown>,
    /// Whether the choices are rows of a list, not buttons.
    pub is_list: bool,
}

/// A choice as shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The id that a tap returns.
    pub id: String,
    /// The title.
    pub title: String,
    /// The description of a row.
    pub description: Option<String>,
}

/// Renders a Graph body (`{"type": …}`).
pub fn render(body: &Value) -> Rendered {
    let text = |value: &Value| value.as_str().unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
    let mut rendered = Rendered::default();
    match body["type"].as_str().unwrap_or_default() {
        "text" => rendered.lines = text(&body["text"]["body"]),
        "interactive" => interactive(&body["interactive"], &mut rendered),
        "contacts" => {
            for card in body["contacts"].as_array().into_iter().flatten() {
                let (name, phone) = (&card["name"]["formatted_name"], &card["phones"][0]["phone"]);
                rendered.lines.push(format!(
                    "(contact {} {})",
                    name.as_str().unwrap_or("?"),
                    phone.as_str().unwrap_or("?")
                ));
            }
        }
        "template" => rendered.lines.push(format!("(template {})", body["template"]["name"].as_str().unwrap_or("?"))),
        kind => {
            rendered.lines.push(format!("({kind})"));
            rendered.lines.extend(text(&body[kind]["caption"]));
        }
    }
    rendered
}

fn interactive(message: &Value, rendered: &mut Rendered) {
    let body = message["body"]["text"].as_str().unwrap_or_default();
    rendered.lines = body.lines().map(str::to_owned).collect();
    let action = &message["action"];
    match message["type"].as_str().unwrap_or_default() {
        "location_request_message" => rendered.lines.push("(share a place)".into()),
        "request_contact_info" => rendered.lines.push("(share your number)".into()),
        "cta_url" => {
            let parameters = &action["parameters"];
            let (url, label) = (&parameters["url"], &parameters["display_text"]);
            rendered.lines.push(format!("(link {} {})", url.as_str().unwrap_or("?"), label.as_str().unwrap_or("?")));
        }
        "list" => {
            rendered.is_list = true;
            for section in action["sections"].as_array().into_iter().flatten() {
                rendered.choices.extend(section["rows"].as_array().into_iter().flatten().map(shown));
            }
        }
        _ => {
            let buttons = action["buttons"].as_array().into_iter().flatten();
            rendered.choices = buttons.map(|button| shown(&button["reply"])).collect();
        }
    }
}

fn shown(choice: &Value) -> Shown {
    Shown {
        id: choice["id"].as_str().unwrap_or_default().to_owned(),
        title: choice["title"].as_str().unwrap_or_default().to_owned(),
        description: choice["description"].as_str().map(str::to_owned),
    }
}
