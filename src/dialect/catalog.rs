//! The built-in dialects: files of the same language that users write, compiled in.

/// Name and source, in the order of `dialect list`.
pub(crate) const CATALOG: [(&str, &str); 5] = [
    ("babelbird", include_str!("catalog/babelbird.toml")),
    ("fbox", include_str!("catalog/fbox.toml")),
    ("huawei-isales", include_str!("catalog/huawei-isales.toml")),
    ("oauth2", include_str!("catalog/oauth2.toml")),
    ("veeam-azure", include_str!("catalog/veeam-azure.toml")),
];

pub(crate) fn source(name: &str) -> Option<&'static str> {
    CATALOG
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, source)| *source)
}
