//! The words that anybody may see in a dialect, and texts cut into words.

use super::word_list::WordList;

pub(super) fn is_word(word: &str) -> bool {
    WORDS.has(word) || word.strip_suffix('s').is_some_and(|one| one.len() > 2 && WORDS.has(one))
}

/// `refreshToken2` as `refresh`, `token`, `2`; in lower case.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    let mut all: Vec<String> = Vec::new();
    for piece in
        text.split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric()).filter(|piece| !piece.is_empty())
    {
        // `OAuth2`, `OpenID`: a whole that is known is not cut.
        let whole = piece.trim_end_matches(|c: char| c.is_ascii_digit()).to_ascii_lowercase();
        if is_word(&whole) {
            all.push(whole.clone());
            all.extend(Some(piece[whole.len()..].to_owned()).filter(|digits| !digits.is_empty()));
            continue;
        }
        all.extend(humps(piece));
    }
    all.into_iter()
}

fn humps(piece: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut before = ' ';
    for c in piece.chars() {
        let begins = c.is_ascii_uppercase() && !before.is_ascii_uppercase()
            || c.is_ascii_digit() != before.is_ascii_digit();
        match all.last_mut() {
            Some(last) if !begins => last.push(c.to_ascii_lowercase()),
            _ => all.push(c.to_ascii_lowercase().to_string()),
        }
        before = c;
    }
    all
}

/// Of requests for tokens, and of what describes their formats, clients and places.
const WORDS: WordList = WordList(
    "access account accounts action active address admin agent ajax algorithm alive all allow always android any anonymous api \
     app application apps assertion async atom audience auth authenticate authentication authorisation authorization \
     authorize auto automatic backend base base64 basic bearer beta billing body bool boolean bot browser business \
     calendar call callback charset chrome ci claims cli client cloud code codes common company confidential config \
     connect consent console contacts content core create credential credentials csv current custom customer daily \
     data date debug default delete delegated demo desktop dev developer development device digest direct disabled do \
     docs domain download drive dry dynamic edge email en enabled encoded end endpoint enterprise env env exchange \
     expire expires extend external false field file files firefox flow force form format fragment free full gateway \
     general get global grant graph graphql group groups guest hash head header health hello hint history home hook host hourly \
     hs256 html http https hub hybrid id identity ietf image implicit import in info init inner input integration \
     internal ios iphone ipad is issue issuer item items iso java javascript json jsonp jwt jwks jwk keep key kind lang \
     language latest legacy level linux list live local locale location log login logout mac macos mail main manage \
     manual member members message messages meta method mfa minimal mobile mode model module monthly multipart music \
     my name native nav new no node none normal not null number oauth oauth2 oauth20 object octet off offline ok \
     on online open openid openidconnect openapi option order orders org organization organizations owner page params \
     parameter partner pass password patch path pay payment people permanent permissions person personal phone ping \
     pkce plain platform player pop portal post prefer preview private prod production profile project projects \
     protocol protocols provider public purchase put query quick read readonly realm realms redirect refresh refreshed \
     region register registration rel release remember renew renewal report request requested resource resources response rest result results \
     return revoke role root rpc rs256 safari saml saml1 saml2 sandbox save scim scope scopes screen sdk search secret \
     secure security self send server service services session sessions set settings short sign signature signin \
     signon signup silent simple single site sms soap software source sso staging standard standards start state static \
     status step stream string strong submit subject subscription succeeded success successful support sync system \
     tablet task team temporary tenant tenants test testing text time timestamp token tokens tools track trade \
     transaction trial true trusted two type unified unlimited unknown update upload uri url urn urlencoded usage use \
     user userinfo users utf util utils valid validate value verify version video view visitor vnd wallet web webapp \
     webhook webhooks website weekly wellknown well known wide widget windows with workspace write www xhtml xml xmlhttp yes zone \
     tokenexchange accesstoken refreshtoken clientcredentials authcode gettoken refreshaccesstoken \
     accesskey iam sts idp oidc msal adfs mtls jose dpop uma par ciba amr acr sid aud sub iss azp \
     utf8 ascii latin1 gzip deflate br identity us gb de fr es it nl pt br jp cn kr ru pl se tw hk ch at be dk fi \
     cs da el et fi he hi hu ja ko lt lv nb nn ro sk sl sv th tr uk vi zh ar bg ca ga hr id ms pt \
     eu eur usd gbp asia europe utc gmt",
);
