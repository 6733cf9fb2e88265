//! The options of curl 8, as far as they must be told apart.

use crate::dialect::draft::word_list::WordList;

/// The long name of a letter.
pub(super) fn named_by(letter: char) -> Option<&'static str> {
    LETTERS.split(' ').find_map(|pair| pair.strip_prefix(letter)?.strip_prefix(':'))
}

pub(super) fn takes_value(name: &str) -> bool {
    VALUED.has(name) || name.starts_with("proxy-") && !PROXY_FLAGS.has(name)
}

const LETTERS: &str = "\
     A:user-agent b:cookie c:cookie-jar C:continue-at d:data D:dump-header e:referer E:cert F:form \
     G:get H:header I:head K:config m:max-time o:output P:ftp-port Q:quote r:range t:telnet-option \
     T:upload-file u:user U:proxy-user w:write-out x:proxy X:request y:speed-time Y:speed-limit \
     z:time-cond ::next k:insecure s:silent S:show-error L:location i:show-headers v:verbose";

const PROXY_FLAGS: WordList = WordList(
    "proxy-anyauth proxy-basic proxy-digest proxy-negotiate proxy-ntlm proxy-insecure proxy-ca-native \
     proxy-ssl-auto-client-cert",
);

/// The other options of curl 8 take no value.
const VALUED: WordList = WordList(
    "abstract-unix-socket alt-svc aws-sigv4 cacert capath cert cert-type ciphers config connect-timeout \
     connect-to continue-at cookie cookie-jar create-file-mode crlfile curves data data-ascii \
     data-binary data-raw data-urlencode delegation dns-interface dns-ipv4-addr dns-ipv6-addr \
     dns-servers doh-url dump-header ech egd-file engine etag-compare etag-save expect100-timeout form \
     form-string ftp-account ftp-alternative-to-user ftp-method ftp-port happy-eyeballs-timeout-ms \
     haproxy-clientip header hostpubmd5 hostpubsha256 hsts interface ip-tos ipfs-gateway json \
     keepalive-cnt keepalive-time key key-type krb libcurl limit-rate local-port login-options \
     max-filesize max-redirs max-time netrc-file noproxy oauth2-bearer output output-dir parallel-max \
     pass pinnedpubkey preproxy proto proto-default proto-redir proxy proxy1.0 pubkey quote random-file \
     range rate referer request request-target resolve retry retry-delay retry-max-time service-name \
     socks4 socks5 socks5-hostname speed-limit speed-time stderr time-cond tls-max tls13-ciphers trace \
     unix-socket upload-file url url-query user user-agent",
);
