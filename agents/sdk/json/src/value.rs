//! JSON that is read.

use core::{
    fmt,
    ops::{Index, IndexMut},
};

use crate::Number;

/// Any JSON.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    String(String),
    /// A list.
    Array(Vec<Value>),
    /// An object.
    Object(Map<String, Value>),
}

const NULL: &Value = &Value::Null;

impl Value {
    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The text that it is.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(text) = self { Some(text) } else { None }
    }

    /// The truth that it is.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(truth) = self { Some(*truth) } else { None }
    }

    fn number(&self) -> Option<&Number> {
        if let Value::Number(number) = self { Some(number) } else { None }
    }

    /// The whole number, not negative, that it is.
    pub fn as_u64(&self) -> Option<u64> {
        self.number()?.as_u64()
    }

    /// The whole number that it is.
    pub fn as_i64(&self) -> Option<i64> {
        self.number()?.as_i64()
    }

    /// The number that it is.
    pub fn as_f64(&self) -> Option<f64> {
        self.number()?.as_f64()
    }

    /// The list that it is.
    pub fn as_array(&self) -> Option<&Vec<Value>> {
        if let Value::Array(values) = self { Some(values) } else { None }
    }

    /// The object that it is.
    pub fn as_object(&self) -> Option<&Map<String, Value>> {
        if let Value::Object(fields) = self { Some(fields) } else { None }
    }

    /// A field of the object that it is.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_object()?.get(name)
    }
}

impl Index<&str> for Value {
    type Output = Value;

    /// A field; `null` if there is none.
    fn index(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(NULL)
    }
}

impl Index<usize> for Value {
    type Output = Value;

    /// An element; `null` if there is none.
    fn index(&self, at: usize) -> &Value {
        self.as_array().and_then(|values| values.get(at)).unwrap_or(NULL)
    }
}

impl IndexMut<&str> for Value {
    /// A field, made if there is none. What is no object becomes one.
    fn index_mut(&mut self, name: &str) -> &mut Value {
        if !matches!(self, Value::Object(_)) {
            *self = Value::Object(Map::new());
        }
        match self {
            Value::Object(fields) => fields.entry(name),
            // Made an object above.
            other => other,
        }
    }
}

impl PartialEq<bool> for Value {
    fn eq(&self, other: &bool) -> bool {
        self.as_bool() == Some(*other)
    }
}

impl PartialEq<str> for Value {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for Value {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == Some(*other)
    }
}

impl fmt::Display for Value {
    /// As compact JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::write::text(self))
    }
}

/// The fields of an object in the order of their names. Objects are small: a tree of them would weigh more than it finds faster.
#[derive(Clone, Debug, PartialEq)]
pub struct Map<K = String, V = Value>(Vec<(K, V)>);

impl<K, V> Default for Map<K, V> {
    fn default() -> Map<K, V> {
        Map(Vec::new())
    }
}

impl Map<String, Value> {
    /// No fields.
    pub fn new() -> Map<String, Value> {
        Map(Vec::new())
    }

    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The value of a field, made if there is none.
    fn entry(&mut self, name: &str) -> &mut Value {
        let at = self.0.iter().position(|(known, _)| known.as_str() >= name).unwrap_or(self.0.len());
        if self.0.get(at).is_none_or(|(known, _)| known != name) {
            self.0.insert(at, (name.to_owned(), Value::Null));
        }
        &mut self.0[at].1
    }

    /// Sets the value of a field.
    pub fn put(&mut self, name: &str, value: Value) {
        *self.entry(name) = value;
    }

    /// Sets the value of a field.
    pub fn insert(&mut self, name: String, value: Value) {
        self.put(&name, value);
    }

    /// The fields.
    pub fn iter(&self) -> core::slice::Iter<'_, (String, Value)> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, Value)> for Map<String, Value> {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(fields: I) -> Map<String, Value> {
        let mut map = Map::new();
        fields.into_iter().for_each(|(name, value)| map.put(&name, value));
        map
    }
}
