//! Expressions, by precedence (FHIRPath 2.0.0, 6.8).

use super::lexer::{Word, words};
use super::moment::Moment;
use super::{Dec, MAX_EXPRESSION_BYTES, PathError};

/// Deepest nesting of an expression.
const MAX_DEPTH: usize = 20;
/// Most steps (`.`, `[`), signs and operators of one expression: each is evaluated within the next one, on the same stack.
const MAX_LINKS: usize = 100;

/// An expression that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression(pub(super) Ast);

/// Its tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ast {
    Empty,
    Bool(bool),
    Int(i64),
    Dec(Dec),
    Text(String),
    Moment(Moment),
    Quantity(Dec, String),
    This,
    Index,
    Total,
    Variable(String),
    /// A name on the focus.
    Name(String),
    Member(Box<Ast>, String),
    Call(Option<Box<Ast>>, String, Vec<Ast>),
    At(Box<Ast>, Box<Ast>),
    Minus(Box<Ast>),
    Plus(Box<Ast>),
    Binary(&'static str, Box<Ast>, Box<Ast>),
    /// `is` and `as`.
    Typed(&'static str, Box<Ast>, String),
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// [`PathError::Syntax`].
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.len() > MAX_EXPRESSION_BYTES {
            return Err(PathError::Syntax { at: MAX_EXPRESSION_BYTES, expected: "a shorter expression" });
        }
        let mut parser = Parser { words: words(text)?, at: 0, depth: 0, links: 0 };
        let ast = parser.binary(0)?;
        match parser.peek() {
            Word::End => Ok(Self(ast)),
            _ => Err(parser.expected("the end of the expression")),
        }
    }
}

/// Operators from the loosest to the tightest; `is` and `as` stand between `|` and `+`.
const LEVELS: [&[&str]; 10] = [
    &["implies"],
    &["or", "xor"],
    &["and"],
    &["in", "contains"],
    &["=", "~", "!=", "!~"],
    &["<=", "<", ">", ">="],
    &["|"],
    &["is", "as"],
    &["+", "-", "&"],
    &["*", "/", "div", "mod"],
];

const UNITS: [&str; 16] = [
    "year",
    "years",
    "month",
    "months",
    "week",
    "weeks",
    "day",
    "days",
    "hour",
    "hours",
    "minute",
    "minutes",
    "second",
    "seconds",
    "millisecond",
    "milliseconds",
];

struct Parser {
    words: Vec<(usize, Word)>,
    at: usize,
    depth: usize,
    links: usize,
}

impl Parser {
    fn peek(&self) -> &Word {
        self.words.get(self.at).map_or(&Word::End, |(_, word)| word)
    }
    fn next(&mut self) -> Word {
        let word = self.peek().clone();
        self.at += 1;
        word
    }
    fn expected(&self, expected: &'static str) -> PathError {
        let word = self.words.get(self.at).or(self.words.last());
        PathError::Syntax { at: word.map_or(0, |(at, _)| *at), expected }
    }
    fn eat(&mut self, sign: &'static str) -> bool {
        let is = *self.peek() == Word::Sign(sign);
        self.at += usize::from(is);
        is
    }
    fn demand(&mut self, sign: &'static str) -> Result<(), PathError> {
        if self.eat(sign) { Ok(()) } else { Err(self.expected(sign)) }
    }
    fn operator(&self, level: usize) -> Option<&'static str> {
        let known = LEVELS.get(level)?;
        match self.peek() {
            Word::Sign(sign) => known.iter().copied().find(|one| one == sign),
            Word::Name(name, false) => known.iter().copied().find(|one| one == name),
            _ => None,
        }
    }
    fn binary(&mut self, level: usize) -> Result<Ast, PathError> {
        if level == LEVELS.len() {
            return self.unary();
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH * LEVELS.len() {
            return Err(self.expected("fewer brackets"));
        }
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = self.operator(level) {
            self.link()?;
            self.at += 1;
            left = if matches!(operator, "is" | "as") {
                let name = self.type_name()?;
                Ast::Typed(operator, Box::new(left), name)
            } else {
                Ast::Binary(operator, Box::new(left), Box::new(self.binary(level + 1)?))
            };
        }
        self.depth -= 1;
        Ok(left)
    }
    /// One more step or operator: without a bracket each of them lies a level deeper in the tree, too.
    fn link(&mut self) -> Result<(), PathError> {
        self.links += 1;
        if self.links > MAX_LINKS { Err(self.expected("fewer steps and operators")) } else { Ok(()) }
    }
    fn type_name(&mut self) -> Result<String, PathError> {
        let Word::Name(mut name, _) = self.next() else { return Err(self.expected("a type")) };
        if self.eat(".") {
            let Word::Name(inner, _) = self.next() else { return Err(self.expected("a type")) };
            name = format!("{name}.{inner}");
        }
        Ok(name)
    }
    fn unary(&mut self) -> Result<Ast, PathError> {
        if self.eat("-") {
            return Ok(Ast::Minus(Box::new(self.unary_inner()?)));
        }
        if self.eat("+") {
            return Ok(Ast::Plus(Box::new(self.unary_inner()?)));
        }
        self.postfix()
    }
    fn unary_inner(&mut self) -> Result<Ast, PathError> {
        self.link()?;
        self.unary()
    }
    fn postfix(&mut self) -> Result<Ast, PathError> {
        let mut ast = self.term()?;
        loop {
            if matches!(self.peek(), Word::Sign("." | "[")) {
                self.link()?;
            }
            if self.eat(".") {
                let name = match self.next() {
                    Word::Name(name, _) => name,
                    Word::Special(name) if name == "this" => continue,
                    _ => return Err(self.expected("a name")),
                };
                ast = match self.arguments()? {
                    Some(arguments) => Ast::Call(Some(Box::new(ast)), name, arguments),
                    None => Ast::Member(Box::new(ast), name),
                };
            } else if self.eat("[") {
                let index = self.binary(0)?;
                self.demand("]")?;
                ast = Ast::At(Box::new(ast), Box::new(index));
            } else {
                return Ok(ast);
            }
        }
    }
    fn arguments(&mut self) -> Result<Option<Vec<Ast>>, PathError> {
        if !self.eat("(") {
            return Ok(None);
        }
        let mut found = Vec::new();
        if self.eat(")") {
            return Ok(Some(found));
        }
        loop {
            let mut argument = self.binary(0)?;
            // `sort($this desc)`
            if let Word::Name(word, false) = self.peek()
                && matches!(word.as_str(), "asc" | "desc")
            {
                if word == "desc" {
                    argument = Ast::Minus(Box::new(argument));
                }
                self.at += 1;
            }
            found.push(argument);
            if self.eat(")") {
                return Ok(Some(found));
            }
            self.demand(",")?;
        }
    }
    fn term(&mut self) -> Result<Ast, PathError> {
        match self.next() {
            Word::Sign("(") => {
                let inner = self.binary(0)?;
                self.demand(")")?;
                Ok(inner)
            }
            Word::Sign("{") => {
                self.demand("}")?;
                Ok(Ast::Empty)
            }
            Word::Text(text) => Ok(Ast::Text(text)),
            Word::Number(text) => self.number(&text),
            Word::Moment(text) => match Moment::literal(&text) {
                Some(moment) => Ok(Ast::Moment(moment)),
                None => Err(self.expected("a date or time before this")),
            },
            Word::Special(name) => match name.as_str() {
                "this" => Ok(Ast::This),
                "index" => Ok(Ast::Index),
                "total" => Ok(Ast::Total),
                _ => Err(self.expected("$this, $index or $total")),
            },
            Word::Variable(name) if !name.is_empty() => Ok(Ast::Variable(name)),
            Word::Name(name, is_quoted) => match self.arguments()? {
                Some(arguments) => Ok(Ast::Call(None, name, arguments)),
                None => Ok(match name.as_str() {
                    "true" if !is_quoted => Ast::Bool(true),
                    "false" if !is_quoted => Ast::Bool(false),
                    _ => Ast::Name(name),
                }),
            },
            _ => {
                self.at -= 1;
                Err(self.expected("a value or a name"))
            }
        }
    }
    fn number(&mut self, text: &str) -> Result<Ast, PathError> {
        let wrong = self.expected("a number of fewer digits");
        let value = Dec::read(text).ok_or(wrong.clone())?;
        let unit = match self.peek() {
            Word::Text(unit) => Some(unit.clone()),
            Word::Name(word, false) if UNITS.contains(&word.as_str()) => {
                Some(format!("@{}", word.trim_end_matches('s')))
            }
            _ => None,
        };
        if let Some(unit) = unit {
            self.at += 1;
            return Ok(Ast::Quantity(value, unit));
        }
        if text.contains('.') { Ok(Ast::Dec(value)) } else { Ok(Ast::Int(text.parse().map_err(|_| wrong)?)) }
    }
}
