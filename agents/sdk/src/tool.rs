//! Tools: what an agent can do, described so that a model can ask for it. A tool is a function over a struct of arguments;
//! the struct is declared once, and its JSON Schema comes from the same lines.

use serde_json::{Map, Value, json};

use crate::ToolAbout;

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
pub trait ArgumentType {
    /// Its JSON type.
    const JSON_TYPE: &'static str;
    /// Whether it must be there.
    const REQUIRED: bool = true;
}

impl ArgumentType for String {
    const JSON_TYPE: &'static str = "string";
}

impl ArgumentType for u64 {
    const JSON_TYPE: &'static str = "integer";
}

impl ArgumentType for f64 {
    const JSON_TYPE: &'static str = "number";
}

impl ArgumentType for bool {
    const JSON_TYPE: &'static str = "boolean";
}

impl<T: ArgumentType> ArgumentType for Option<T> {
    const JSON_TYPE: &'static str = T::JSON_TYPE;
    const REQUIRED: bool = false;
}

/// The arguments of a tool; made by [`tool!`](crate::tool!).
pub trait Tool {
    /// Its name.
    const NAME: &'static str;
    /// What it does, as the model reads it.
    const ABOUT: &'static str;
    /// Its arguments, in their order.
    const ARGUMENTS: &'static [Argument];

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
        }
    };
}
