//! What stands in a file, with its places: blocks of fields, before anybody asks whether they make sense.

use super::keys::{Block, Key};
use crate::source::Span;

/// A text and where it stands, quotes included.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) value: String,
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) block: Block,
    /// Its first word.
    pub(crate) word: Span,
    pub(crate) name: Option<Text>,
    pub(crate) fields: Vec<Field>,
    pub(crate) nodes: Vec<Node>,
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) key: Key,
    pub(crate) key_span: Span,
    pub(crate) value: Value,
    /// Where the value stands.
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    /// A number as it is written.
    Number(String),
    Texts(Vec<Text>),
    /// One of the words that the key takes, `true` and `false` among them.
    Word(String),
}

impl Node {
    /// The field that counts: the last with this key.
    pub(crate) fn field(&self, key: Key) -> Option<&Field> {
        self.fields.iter().rev().find(|field| field.key == key)
    }

    pub(crate) fn text(&self, key: Key) -> Option<Text> {
        let field = self.field(key)?;
        match &field.value {
            Value::Text(value) => Some(Text { value: value.clone(), span: field.span }),
            Value::Number(_) | Value::Texts(_) | Value::Word(_) => None,
        }
    }

    pub(crate) fn word(&self, key: Key) -> Option<&str> {
        match &self.field(key)?.value {
            Value::Word(word) => Some(word),
            Value::Number(_) | Value::Texts(_) | Value::Text(_) => None,
        }
    }

    pub(crate) fn texts(&self, key: Key) -> Option<&[Text]> {
        match &self.field(key)?.value {
            Value::Texts(texts) => Some(texts),
            Value::Number(_) | Value::Word(_) | Value::Text(_) => None,
        }
    }

    /// The blocks of a kind in it.
    pub(crate) fn blocks(&self, block: Block) -> impl DoubleEndedIterator<Item = &Self> {
        self.nodes.iter().filter(move |node| node.block == block)
    }

    /// Its name, or where one should stand.
    pub(crate) fn name_span(&self) -> Span {
        self.name.as_ref().map_or(self.word, |name| name.span)
    }

    pub(crate) fn name(&self) -> &str {
        self.name.as_ref().map_or("", |name| &name.value)
    }
}
