//! Tools: what an agent can do, described so that a model can ask for it. A tool is a function over a struct of arguments; the
//! struct is declared once, and its JSON Schema and its reading come from the same lines.

use agent_json::{Map, Value, json};

use crate::{Outcome, Result, ToolAbout, Turn};

/// One argument of a tool.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// What it is, as the model reads it.
    pub about: &'static str,
    /// Its JSON type: `string`, `integer`, `number` or `boolean`.
    pub json_type: &'static str,
    /// Whether it must be there.
    pub required: bool,
}

/// A type that can be an argument.
pub trait ArgumentType: Sized {
    /// Its JSON type.
    const JSON_TYPE: &'static str;
    /// Whether it must be there.
    const REQUIRED: bool = true;

    /// Reads it; none if it is of another type, or absent and must be there.
    fn read(value: &Value) -> Option<Self>;
}

impl ArgumentType for String {
    const JSON_TYPE: &'static str = "string";

    fn read(value: &Value) -> Option<String> {
        value.as_str().map(str::to_owned)
    }
}

impl ArgumentType for u64 {
    const JSON_TYPE: &'static str = "integer";

    fn read(value: &Value) -> Option<u64> {
        value.as_u64()
    }
}

impl ArgumentType for f64 {
    const JSON_TYPE: &'static str = "number";

    fn read(value: &Value) -> Option<f64> {
        value.as_f64()
    }
}

impl ArgumentType for bool {
    const JSON_TYPE: &'static str = "boolean";

    fn read(value: &Value) -> Option<bool> {
        value.as_bool()
    }
}

impl<T: ArgumentType> ArgumentType for Option<T> {
    const JSON_TYPE: &'static str = T::JSON_TYPE;
    const REQUIRED: bool = false;

    fn read(value: &Value) -> Option<Option<T>> {
        if value.is_null() { Some(None) } else { T::read(value).map(Some) }
    }
}

/// The arguments of a tool; made by [`tool!`](crate::tool!).
pub trait Tool: Sized {
    /// Its name.
    const NAME: &'static str;
    /// What it does, as the model reads it.
    const ABOUT: &'static str;
    /// Its arguments, in their order.
    const ARGUMENTS: &'static [Argument];

    /// Reads the arguments, a JSON object; the error names the one that is wrong.
    fn read(arguments: &Value) -> Result<Self, &'static str>;

    /// For the profile.
    fn about() -> ToolAbout {
        let property = |a: &Argument| (a.name.to_owned(), json!({ "type": a.json_type, "description": a.about }));
        let properties: Map<String, Value> = Self::ARGUMENTS.iter().map(property).collect();
        let required: Vec<&str> = Self::ARGUMENTS.iter().filter(|a| a.required).map(|a| a.name).collect();
        let schema = json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        });
        ToolAbout { name: Self::NAME.to_owned(), about: Self::ABOUT.to_owned(), parameters: schema.to_string() }
    }
}

/// What a tool does when a model asks for it.
pub trait Run: Tool {
    /// Does it. Nothing is created here without the person's own yes: such a tool opens the flow that asks for it.
    fn run(self, turn: &Turn) -> Result<Did>;
}

/// What came of a tool.
pub enum Did {
    /// The answer to the person: the turn ends with it.
    Answered(Outcome),
    /// Something that the model reads, and goes on.
    Told(Value),
}

/// A tool that can be run; made by [`runs`].
#[derive(Clone, Copy)]
pub struct Runnable {
    pub(crate) about: fn() -> ToolAbout,
    pub(crate) run: fn(&Turn, &Value) -> Result<Did>,
}

/// For [`Agent::TOOLS`](crate::Agent::TOOLS).
pub const fn runs<T: Run>() -> Runnable {
    Runnable { about: T::about, run: run::<T> }
}

fn run<T: Run>(turn: &Turn, arguments: &Value) -> Result<Did> {
    match T::read(arguments) {
        Ok(tool) => tool.run(turn),
        Err(argument) => {
            Ok(Did::Told(json!({ "error": format!("the argument `{argument}` is missing or of another type") })))
        }
    }
}

/// Declares the arguments of a tool.
///
/// ```
/// agent_sdk::tool! {
///     "find_produce": "Finds produce for sale.",
///     struct FindProduce {
///         produce: String = "In the singular, for instance `tomato`.",
///         price_max: Option<u64> = "In the currency's unit.",
///     }
/// }
///
/// use agent_sdk::Tool;
/// assert!(FindProduce::about().parameters.contains(r#""required":["produce"]"#));
/// let read = FindProduce::read(&agent_json::json!({ "produce": "tomato" }));
/// assert_eq!(read.map(|tool| tool.price_max), Ok(None));
/// assert_eq!(FindProduce::read(&agent_json::json!({})).err(), Some("produce"));
/// ```
#[macro_export]
macro_rules! tool {
    ($name:literal: $about:literal, $vis:vis struct $type:ident { $($argument:ident: $kind:ty = $meaning:literal,)* }) => {
        #[doc = $about]
        #[derive(Clone, Debug, Default)]
        $vis struct $type {
            $(#[doc = $meaning] $vis $argument: $kind,)*
        }

        impl $crate::Tool for $type {
            const NAME: &'static str = $name;
            const ABOUT: &'static str = $about;
            const ARGUMENTS: &'static [$crate::Argument] = &[$($crate::Argument {
                name: stringify!($argument),
                about: $meaning,
                json_type: <$kind as $crate::ArgumentType>::JSON_TYPE,
                required: <$kind as $crate::ArgumentType>::REQUIRED,
            },)*];

            fn read(arguments: &$crate::Value) -> $crate::Result<$type, &'static str> {
                let _ = arguments;
                Ok($type {
                    $($argument: <$kind as $crate::ArgumentType>::read(&arguments[stringify!($argument)])
                        .ok_or(stringify!($argument))?,)*
                })
            }
        }
    };
}
