//! An answer as it comes in, never larger than the journal has room for. What came is kept even if
//! the rest does not.

use crate::base::clock::Moment;
use crate::http::message::RawAnswer;

const LARGEST_BODY: usize = 48 << 10;
/// Of those that are kept, in bytes.
const LARGEST_HEADERS: usize = 16 << 10;
const MOST_HEADERS: usize = 100;

#[derive(Default)]
pub(super) struct Partial {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Partial {
    /// Room for the whole body at once, so that later only bytes are copied.
    pub(super) fn begin(
        &mut self,
        response: &reqwest::Response,
        keep: &[String],
    ) -> Result<(), Option<reqwest::Error>> {
        self.status = response.status().as_u16();
        self.body.reserve_exact(LARGEST_BODY);
        for name in keep {
            for value in response.headers().get_all(name).iter().filter_map(|value| value.to_str().ok()) {
                // The body may hold a token, whatever the headers are.
                if self.headers_size() + name.len() + value.len() > LARGEST_HEADERS {
                    continue;
                }
                self.headers.push((name.clone(), value.to_owned()));
            }
        }
        if response.headers().len() > MOST_HEADERS { Err(None) } else { Ok(()) }
    }

    fn headers_size(&self) -> usize {
        self.headers.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// `Err`: there was more than there is room for.
    pub(super) fn add(&mut self, chunk: &[u8]) -> Result<(), Option<reqwest::Error>> {
        let room = self.room();
        self.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room { Err(None) } else { Ok(()) }
    }

    /// The journal has room for so much of headers and body.
    fn room(&self) -> usize {
        LARGEST_BODY.saturating_sub(self.body.len() + self.headers_size())
    }

    pub(super) fn finish(self, complete: bool) -> RawAnswer {
        RawAnswer { status: self.status, headers: self.headers, body: self.body, complete, at: Moment::now() }
    }
}
