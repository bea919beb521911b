//! Readers of the tree: segment, field, repetition, component, sub-component. All are small values that borrow
//! the message; what is not there reads as empty, never as a panic.

use std::borrow::Cow;

use crate::escape::unescape;
use crate::index::{Index, Seg, Span};
use crate::message::Message;
use crate::swar;

/// One segment of a message.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'m> {
    message: &'m Message,
    seg: Option<&'m Seg>,
    index: usize,
}

impl<'m> Segment<'m> {
    pub(crate) fn at(message: &'m Message, index: usize) -> Segment<'m> {
        Segment { message, seg: message.index.segments.get(index), index }
    }

    /// The three characters, as they stand; empty for a missing segment.
    pub fn name(&self) -> &'m str {
        let Some(seg) = self.seg else { return "" };
        let end = (seg.span.start + 3).min(seg.span.end);
        let name = self.message.work().get(seg.span.start as usize..end as usize);
        name.and_then(|name| std::str::from_utf8(name).ok()).unwrap_or("")
    }

    /// Place in the message, 0 = MSH.
    pub fn index(&self) -> usize {
        self.index
    }

    /// True for the stand-in of a segment that the message does not have.
    pub fn is_missing(&self) -> bool {
        self.seg.is_none()
    }

    /// Field `n`, counted as in the standard: MSH-1 is the separator, PID-3 the third field of PID.
    #[inline]
    pub fn field(&self, n: usize) -> Field<'m> {
        let (span, literal) = match self.seg {
            Some(seg) => (self.message.index.field(seg, n), seg.header && n <= 2),
            None => (Span::default(), false),
        };
        Field { message: self.message, span, literal }
    }

    /// All fields from 1 on.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = Field<'m>> + Clone + use<'m> {
        let segment = *self;
        (0..self.fields_len()).map(move |i| segment.field(i + 1))
    }

    /// Number of the last field present.
    pub fn fields_len(&self) -> usize {
        self.seg.map_or(0, Index::fields)
    }

    /// The segment without its terminator. For UTF-16 and the like, its copy in UTF-8.
    pub fn raw(&self) -> &'m [u8] {
        let span = self.seg.map_or(Span::default(), |seg| seg.span);
        self.message.work().get(span.range()).unwrap_or(&[])
    }

    /// The segment as characters, escapes untouched: for showing.
    pub fn decoded(&self) -> Cow<'m, str> {
        self.message.decode(self.seg.map_or(Span::default(), |seg| seg.span))
    }

    /// The message it belongs to.
    pub fn message(&self) -> &'m Message {
        self.message
    }
}

macro_rules! part {
    ($name:ident) => {
        impl<'m> $name<'m> {
            /// The bytes between the delimiters. For UTF-16 and the like, their copy in UTF-8.
            #[inline]
            pub fn raw(&self) -> &'m [u8] {
                self.message.work().get(self.span.range()).unwrap_or(&[])
            }

            /// The characters between the delimiters, escapes untouched.
            pub fn decoded(&self) -> Cow<'m, str> {
                self.message.decode(self.span)
            }

            /// Nothing between the delimiters.
            #[inline]
            pub fn is_empty(&self) -> bool {
                self.span.is_empty()
            }

            /// The two characters `""`: the sender asks to delete the value (HL7 v2.5.1 2.5.3).
            pub fn is_null(&self) -> bool {
                self.raw() == b"\"\""
            }
        }
    };
}

/// One field with all its repetitions.
#[derive(Debug, Clone, Copy)]
pub struct Field<'m> {
    message: &'m Message,
    span: Span,
    /// MSH-1 and MSH-2 hold the delimiters themselves and are not cut.
    literal: bool,
}

/// One repetition of a field.
#[derive(Debug, Clone, Copy)]
pub struct Rep<'m> {
    message: &'m Message,
    span: Span,
    literal: bool,
}

/// One component of a repetition.
#[derive(Debug, Clone, Copy)]
pub struct Comp<'m> {
    message: &'m Message,
    span: Span,
    literal: bool,
}

/// One sub-component: the smallest part, which holds text.
#[derive(Debug, Clone, Copy)]
pub struct Leaf<'m> {
    message: &'m Message,
    span: Span,
    literal: bool,
    /// Known to have no escape character.
    plain: bool,
}

part!(Field);
part!(Rep);
part!(Comp);
part!(Leaf);

impl<'m> Field<'m> {
    pub(crate) fn span(&self) -> Span {
        self.span
    }

    /// All repetitions; none if the field is empty.
    pub fn reps(&self) -> Parts<'m, Rep<'m>> {
        let delimiter = if self.literal { None } else { self.message.delimiters.repetition };
        Parts::new(self.message, self.span, delimiter, self.literal)
    }

    /// Repetition `i`, 0-based.
    pub fn rep(&self, i: usize) -> Rep<'m> {
        self.reps().nth(i).unwrap_or(Rep { message: self.message, span: Span::default(), literal: false })
    }

    /// First repetition.
    pub fn first(&self) -> Rep<'m> {
        self.rep(0)
    }

    /// Component `n` (1-based) of the first repetition.
    pub fn comp(&self, n: usize) -> Comp<'m> {
        self.first().comp(n)
    }

    /// Text of the first sub-component of the first component of the first repetition.
    pub fn text(&self) -> Cow<'m, str> {
        self.first().text()
    }
}

impl<'m> Rep<'m> {
    /// All components; none if the repetition is empty.
    pub fn comps(&self) -> Parts<'m, Comp<'m>> {
        let delimiter = if self.literal { None } else { Some(self.message.delimiters.component) };
        Parts::new(self.message, self.span, delimiter, self.literal)
    }

    /// Component `n`, 1-based.
    pub fn comp(&self, n: usize) -> Comp<'m> {
        let missing = Comp { message: self.message, span: Span::default(), literal: false };
        n.checked_sub(1).and_then(|i| self.comps().nth(i)).unwrap_or(missing)
    }

    /// Text of the first sub-component of the first component.
    pub fn text(&self) -> Cow<'m, str> {
        self.comp(1).text()
    }
}

impl<'m> Comp<'m> {
    /// All sub-components; none if the component is empty.
    pub fn subs(&self) -> Parts<'m, Leaf<'m>> {
        let delimiter = if self.literal { None } else { self.message.delimiters.subcomponent };
        Parts::new(self.message, self.span, delimiter, self.literal)
    }

    /// Sub-component `n`, 1-based.
    pub fn sub(&self, n: usize) -> Leaf<'m> {
        let missing = Leaf { message: self.message, span: Span::default(), literal: false, plain: true };
        n.checked_sub(1).and_then(|i| self.subs().nth(i)).unwrap_or(missing)
    }

    /// Text of the first sub-component.
    pub fn text(&self) -> Cow<'m, str> {
        self.sub(1).text()
    }
}

impl<'m> Leaf<'m> {
    /// The text, decoded and with escapes replaced. Borrowed wherever nothing had to be changed.
    #[inline]
    pub fn text(&self) -> Cow<'m, str> {
        let Some(text) = self.message.work_text() else { return self.decoded_text() };
        let range = self.span.range();
        let escaped = !self.plain
            && self
                .message
                .delimiters
                .escape
                .is_some_and(|mark| swar::find(mark, text.as_bytes(), range.start, range.end).is_some());
        if escaped { self.decoded_text() } else { Cow::Borrowed(text.get(range).unwrap_or("")) }
    }

    /// The way of text that has to be changed.
    #[inline(never)]
    fn decoded_text(&self) -> Cow<'m, str> {
        let decoded = self.message.decode(self.span);
        if self.literal {
            return decoded;
        }
        let (delimiters, charset) = (&self.message.delimiters, self.message.charset);
        match decoded {
            Cow::Borrowed(text) => unescape(text, delimiters, charset),
            Cow::Owned(text) => match unescape(&text, delimiters, charset) {
                Cow::Borrowed(_) => Cow::Owned(text),
                Cow::Owned(changed) => Cow::Owned(changed),
            },
        }
    }
}

/// The parts of a field, repetition or component in order.
#[derive(Debug, Clone)]
pub struct Parts<'m, P> {
    message: &'m Message,
    text: &'m [u8],
    rest: Option<Span>,
    delimiter: Option<u8>,
    literal: bool,
    part: std::marker::PhantomData<fn() -> P>,
}

impl<'m, P> Parts<'m, P> {
    fn new(message: &'m Message, span: Span, delimiter: Option<u8>, literal: bool) -> Self {
        let rest = if span.is_empty() { None } else { Some(span) };
        Parts { message, text: message.work(), rest, delimiter, literal, part: std::marker::PhantomData }
    }
}

/// A part that can be made from its place.
#[doc(hidden)]
pub trait FromSpan<'m> {
    #[doc(hidden)]
    fn from_span(message: &'m Message, span: SpanOf, literal: bool) -> Self;
}

/// Place of a part; opaque.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct SpanOf(Span);

impl<'m> FromSpan<'m> for Rep<'m> {
    fn from_span(message: &'m Message, span: SpanOf, literal: bool) -> Self {
        Rep { message, span: span.0, literal }
    }
}

impl<'m> FromSpan<'m> for Comp<'m> {
    fn from_span(message: &'m Message, span: SpanOf, literal: bool) -> Self {
        Comp { message, span: span.0, literal }
    }
}

impl<'m> FromSpan<'m> for Leaf<'m> {
    fn from_span(message: &'m Message, span: SpanOf, literal: bool) -> Self {
        Leaf { message, span: span.0, literal, plain: false }
    }
}

impl<'m, P: FromSpan<'m>> Iterator for Parts<'m, P> {
    type Item = P;

    #[inline]
    fn next(&mut self) -> Option<P> {
        let rest = self.rest?;
        let range = rest.range();
        let cut =
            self.delimiter.and_then(|delimiter| swar::find(delimiter, self.text, range.start, range.end));
        let span = if let Some(at) = cut {
            let end = at as u32;
            self.rest = Some(Span { start: end + 1, end: rest.end });
            Span { start: rest.start, end }
        } else {
            self.rest = None;
            rest
        };
        Some(P::from_span(self.message, SpanOf(span), self.literal))
    }
}

/// Where a leaf stands. All counted from 1 but the segment, which is its index in the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Index of the segment, 0 = MSH.
    pub segment: usize,
    /// Field.
    pub field: usize,
    /// Repetition.
    pub rep: usize,
    /// Component.
    pub comp: usize,
    /// Sub-component.
    pub sub: usize,
}

/// What a byte does when a segment is scanned for its leaves.
const TEXT: u8 = 0;
const ESCAPE: u8 = 1;
const SUBCOMPONENT: u8 = 2;
const COMPONENT: u8 = 3;
const REPETITION: u8 = 4;
const FIELD: u8 = 5;

pub(crate) fn for_each_leaf<'m>(message: &'m Message, each: &mut impl FnMut(Place, Leaf<'m>)) {
    let delimiters = &message.delimiters;
    let mut classes = [TEXT; 256];
    classes[usize::from(delimiters.field)] = FIELD;
    classes[usize::from(delimiters.component)] = COMPONENT;
    // A level that is not declared searches for the field separator once more.
    let pattern = |byte: Option<u8>| swar::splat(byte.unwrap_or(delimiters.field));
    let patterns = [
        pattern(Some(delimiters.field)),
        pattern(Some(delimiters.component)),
        pattern(delimiters.repetition),
        pattern(delimiters.escape),
        pattern(delimiters.subcomponent),
    ];
    let optional = [
        (delimiters.repetition, REPETITION),
        (delimiters.escape, ESCAPE),
        (delimiters.subcomponent, SUBCOMPONENT),
    ];
    for (byte, class) in optional {
        if let Some(byte) = byte {
            classes[usize::from(byte)] = class;
        }
    }
    for (segment, seg) in message.index.segments.iter().enumerate() {
        let mut place = Place { segment, field: 1, rep: 1, comp: 1, sub: 1 };
        let Some(&first) = message.index.separators[..seg.last as usize].get(seg.first as usize) else {
            continue;
        };
        let mut start = first + 1;
        if seg.header {
            for field in [1, 2] {
                let span = message.index.field(seg, field);
                place.field = field;
                each(place, Leaf { message, span, literal: true, plain: true });
                start = span.end + 1;
            }
            place.field = 3;
        }
        scan(message, &classes, patterns, Span { start, end: seg.span.end }, place, each);
    }
}

/// Hands out the leaves of a stretch that begins at `place`.
#[inline]
fn scan<'m>(
    message: &'m Message,
    classes: &[u8; 256],
    patterns: [u64; 5],
    stretch: Span,
    place: Place,
    each: &mut impl FnMut(Place, Leaf<'m>),
) {
    let text = message.work().get(stretch.range()).unwrap_or(&[]);
    let mut leaves = Leaves { message, classes, offset: stretch.start, start: 0, plain: true, place };
    let mut base = 0;
    while let Some(word) = swar::word_at(text, base) {
        let mut marks = swar::perhaps_any(word, patterns);
        while marks != 0 {
            let at = base + swar::first(marks);
            leaves.byte(at, text[at], each);
            marks &= marks - 1;
        }
        base += 8;
    }
    for (i, &byte) in text[base..].iter().enumerate() {
        leaves.byte(base + i, byte, each);
    }
    leaves.byte(text.len(), message.delimiters.field, each);
}

/// The leaf being read.
struct Leaves<'m, 'c> {
    message: &'m Message,
    classes: &'c [u8; 256],
    /// Where the stretch begins in the working text.
    offset: u32,
    /// Where the leaf begins in the stretch.
    start: usize,
    plain: bool,
    place: Place,
}

impl<'m> Leaves<'m, '_> {
    #[inline]
    fn byte(&mut self, at: usize, byte: u8, each: &mut impl FnMut(Place, Leaf<'m>)) {
        let class = self.classes[usize::from(byte)];
        if class <= ESCAPE {
            self.plain &= class == TEXT;
            return;
        }
        if at > self.start {
            let span = Span { start: self.offset + self.start as u32, end: self.offset + at as u32 };
            each(self.place, Leaf { message: self.message, span, literal: false, plain: self.plain });
        }
        self.start = at + 1;
        self.plain = true;
        let place = &mut self.place;
        match class {
            SUBCOMPONENT => place.sub += 1,
            COMPONENT => {
                place.comp += 1;
                place.sub = 1;
            }
            REPETITION => *place = Place { rep: place.rep + 1, comp: 1, sub: 1, ..*place },
            _ => *place = Place { field: place.field + 1, rep: 1, comp: 1, sub: 1, ..*place },
        }
    }
}
