//! The secret that opens a session. It can be compared and, by the caller that prints the address,
//! revealed; it cannot be logged by accident, because `Debug` hides it and there is no `Display`.

use std::fmt;
use std::io;
use std::str::FromStr;
use subtle::ConstantTimeEq;

/// A token: 128 bits from the operating system, or the user's own.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// The fewest characters of a token that a user chooses.
    pub const MIN_CHARS: usize = 16;
    /// The most.
    pub const MAX_CHARS: usize = 128;

    /// 128 random bits, in hex.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn random() -> io::Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// The secret itself, for the address that the user opens.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether the bytes are this token, in a time that does not depend on where they differ.
    pub(crate) fn matches(&self, presented: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(presented).into()
    }

    /// Whether the bytes hold this token anywhere.
    pub(crate) fn is_in(&self, bytes: &[u8]) -> bool {
        bytes.windows(self.0.len()).any(|part| self.matches(part))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

/// Why a text cannot be a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// Shorter than [`Token::MIN_CHARS`] or longer than [`Token::MAX_CHARS`].
    Length(usize),
    /// A character that a cookie or an address would have to quote.
    Character(char),
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(chars) => {
                write!(f, "a token has {} to {} characters, this one has {chars}", Token::MIN_CHARS, Token::MAX_CHARS)
            }
            Self::Character(c) => {
                write!(f, "a token is made of letters, digits, `-` and `_`, and {c:?} is none")
            }
        }
    }
}

impl std::error::Error for TokenError {}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if let Some(c) = text.chars().find(|&c| !plain(c)) {
            return Err(TokenError::Character(c));
        }
        match text.len() {
            Self::MIN_CHARS..=Self::MAX_CHARS => Ok(Self(text.to_owned())),
            chars => Err(TokenError::Length(chars)),
        }
    }
}
