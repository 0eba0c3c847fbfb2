//! The subset of Python's literals that occurs in `.npy` headers: dictionaries, lists, tuples, strings, integers,
//! booleans. Nothing else is accepted, nothing is evaluated, and the nesting depth is limited.

use std::borrow::Cow;

/// Deeper than any type that NumPy writes, and safe for every stack size.
const DEPTH_LIMIT: u32 = 32;

/// A literal, and its position in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Literal<'a> {
    /// Offset in the text, in bytes.
    pub(crate) at: usize,
    /// The literal's own text.
    pub(crate) source: &'a [u8],
    pub(crate) kind: Kind<'a>,
}

/// What a literal is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    Dictionary(Vec<(Literal<'a>, Literal<'a>)>),
    List(Vec<Literal<'a>>),
    Tuple(Vec<Literal<'a>>),
    Text(Cow<'a, str>),
    Integer(u64),
    Boolean(bool),
    None,
}

/// A position in the text, and a problem.
pub(crate) type Problem = (usize, String);
type Parsed<T> = Result<T, Problem>;

/// Parses `text`, which is one literal with optional white space around it. With `latin1`, each byte is a character, as
/// in the first two versions of the format. Otherwise the text is UTF-8.
pub(crate) fn parse(text: &[u8], latin1: bool) -> Parsed<Literal<'_>> {
    let mut parser = Parser { text, at: 0, latin1 };
    let literal = parser.literal(0)?;
    let end = parser.skip_space();
    if end != text.len() {
        return Err((end, format!("unexpected {} after the dictionary", parser.found())));
    }
    Ok(literal)
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    latin1: bool,
}

impl<'a> Parser<'a> {
    fn literal(&mut self, depth: u32) -> Parsed<Literal<'a>> {
        let at = self.skip_space();
        if depth > DEPTH_LIMIT {
            return Err((at, format!("nested deeper than {DEPTH_LIMIT} levels")));
        }
        let kind = match self.text.get(at) {
            Some(b'{') => self.dictionary(depth)?,
            Some(b'[') => Kind::List(self.list(b'[', b']', depth)?.0),
            Some(b'(') => {
                let (mut items, comma) = self.list(b'(', b')', depth)?;
                // Parentheses around one literal are not a tuple.
                if items.len() == 1 && !comma {
                    items.remove(0).kind
                } else {
                    Kind::Tuple(items)
                }
            }
            Some(b'\'' | b'"') => Kind::Text(self.string()?),
            // Python 2 wrote Unicode strings this way.
            Some(b'u') if matches!(self.text.get(at + 1), Some(b'\'' | b'"')) => {
                self.at += 1;
                Kind::Text(self.string()?)
            }
            Some(byte) if byte.is_ascii_digit() => self.integer()?,
            _ => self.word()?,
        };
        Ok(Literal {
            at,
            source: &self.text[at..self.at],
            kind,
        })
    }

    fn dictionary(&mut self, depth: u32) -> Parsed<Kind<'a>> {
        let mut entries = Vec::new();
        self.expect(b'{')?;
        while !self.take(b'}') {
            let key = self.literal(depth + 1)?;
            self.expect(b':')?;
            entries.push((key, self.literal(depth + 1)?));
            if !self.take(b',') {
                self.expect(b'}')?;
                break;
            }
        }
        Ok(Kind::Dictionary(entries))
    }

    /// The items, and whether a comma followed one of them.
    fn list(&mut self, open: u8, close: u8, depth: u32) -> Parsed<(Vec<Literal<'a>>, bool)> {
        let (mut items, mut comma) = (Vec::new(), false);
        self.expect(open)?;
        while !self.take(close) {
            items.push(self.literal(depth + 1)?);
            if !self.take(b',') {
                self.expect(close)?;
                break;
            }
            comma = true;
        }
        Ok((items, comma))
    }

    fn integer(&mut self) -> Parsed<Kind<'a>> {
        let start = self.at;
        while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        let digits = String::from_utf8_lossy(&self.text[start..self.at]);
        let number = digits
            .parse()
            .map_err(|_| (start, format!("{} is too large for a length", shortened(&digits))))?;
        // Python 2 wrote long integers this way.
        if self.text.get(self.at) == Some(&b'L') {
            self.at += 1;
        }
        Ok(Kind::Integer(number))
    }

    fn word(&mut self) -> Parsed<Kind<'a>> {
        for (name, kind) in [
            ("True", Kind::Boolean(true)),
            ("False", Kind::Boolean(false)),
            ("None", Kind::None),
        ] {
            if self.text[self.at..].starts_with(name.as_bytes()) {
                self.at += name.len();
                return Ok(kind);
            }
        }
        Err((self.at, format!("expected a value, found {}", self.found())))
    }

    fn string(&mut self) -> Parsed<Cow<'a, str>> {
        let start = self.at;
        let quote = self.text[start];
        let mut end = start + 1;
        let mut escaped = false;
        loop {
            match self.text.get(end) {
                None => return Err((start, "unterminated string".to_owned())),
                Some(b'\\') => {
                    escaped = true;
                    end += 2;
                }
                Some(byte) if *byte == quote => break,
                Some(_) => end += 1,
            }
        }
        self.at = end + 1;
        let bytes = &self.text[start + 1..end];
        let text = if self.latin1 && !bytes.is_ascii() {
            Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect())
        } else {
            let text = str::from_utf8(bytes)
                .map_err(|error| (start + 1 + error.valid_up_to(), "the string is not UTF-8".to_owned()))?;
            Cow::Borrowed(text)
        };
        if escaped {
            return unescaped(&text).map(Cow::Owned).ok_or_else(|| {
                let problem = "invalid escape sequence in a string";
                (start, problem.to_owned())
            });
        }
        Ok(text)
    }

    fn skip_space(&mut self) -> usize {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.at
    }

    fn take(&mut self, byte: u8) -> bool {
        self.skip_space();
        let there = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8) -> Parsed<()> {
        if self.take(byte) {
            return Ok(());
        }
        Err((
            self.at,
            format!("expected {:?}, found {}", char::from(byte), self.found()),
        ))
    }

    fn found(&self) -> String {
        match self.text.get(self.at) {
            Some(byte) if byte.is_ascii_graphic() => format!("{:?}", char::from(*byte)),
            Some(byte) => format!("byte {byte:#04x}"),
            None => "the end of the header".to_owned(),
        }
    }
}

/// A string with its escape sequences replaced, or `None` if one is not written by Python's `repr`.
fn unescaped(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        let digits = match rest.next()? {
            'n' => {
                plain.push('\n');
                continue;
            }
            't' => {
                plain.push('\t');
                continue;
            }
            'r' => {
                plain.push('\r');
                continue;
            }
            same @ ('\\' | '\'' | '"') => {
                plain.push(same);
                continue;
            }
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => return None,
        };
        let mut code = 0_u32;
        for _ in 0..digits {
            code = code.checked_mul(16)? + rest.next()?.to_digit(16)?;
        }
        plain.push(char::from_u32(code)?);
    }
    Some(plain)
}

/// A text from a file, shortened for a message to one line of moderate length.
pub(crate) fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().nth(60).is_some() {
        shown.push('…');
    }
    shown.replace("\\'", "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str, latin1: bool) -> Result<String, Problem> {
        match parse(source.as_bytes(), latin1)?.kind {
            Kind::Text(text) => Ok(text.into_owned()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn texts_are_read_as_python_writes_them() {
        assert_eq!(text(r"'a]\'b\\c\n\x41\u00e9'", true).unwrap(), "a]'b\\c\nAé");
        assert_eq!(text("\"it's\"", false).unwrap(), "it's");
        assert_eq!(text("u'x'", false).unwrap(), "x");
        assert_eq!(text("'é'", false).unwrap(), "é");
        // Two bytes of UTF-8 are two characters of Latin-1.
        assert_eq!(text("'é'", true).unwrap(), "Ã©");
        assert!(text(r"'\q'", false).unwrap_err().1.contains("invalid escape sequence"));
        assert!(text("'a", false).unwrap_err().1.contains("unterminated string"));
        assert!(text(r"'a\", false).unwrap_err().1.contains("unterminated string"));
        assert!(text(r"'\U00110000'", false).is_err());
    }

    #[test]
    fn parentheses_make_a_tuple_only_with_a_comma_or_empty() {
        let kind = |source: &'static str| parse(source.as_bytes(), false).unwrap().kind;
        assert_eq!(kind("(3)"), Kind::Integer(3));
        assert_eq!(kind("()"), Kind::Tuple(Vec::new()));
        assert!(matches!(kind("(3L,)"), Kind::Tuple(items) if items.len() == 1));
        assert!(matches!(kind(" [ 'a' , {1: None} ] "), Kind::List(items) if items[1].at == 9));
    }

    #[test]
    fn deep_nesting_is_refused_before_the_stack_is_used_up() {
        let (at, problem) = parse("[".repeat(100_000).as_bytes(), false).unwrap_err();
        assert_eq!((at, problem.as_str()), (33, "nested deeper than 32 levels"));
    }
}
