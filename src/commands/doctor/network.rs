//! What leads to the vendors, as far as can be told without asking anybody: certificates and proxies.

use url::Url;

use super::finding::about;
use super::scope::Scope;
use crate::http::proxy::{self, Proxy};
use crate::http::{tls, trust};
use crate::profile::Profile;
use crate::terminal::finding::Finding;

pub(super) fn check(scope: &Scope<'_>) -> Vec<Finding> {
    let variables = trust::check_variables();
    let named = || "set it to one that exists".to_owned();
    let mut found: Vec<Finding> =
        variables.iter().map(|error| Finding::of("certificates", error, named)).collect();
    // Nobody is asked by it.
    if !scope.asked.is_empty() && !scope.asked.iter().any(trusts_the_platform) {
        found.iter_mut().for_each(|finding| finding.mend = None);
    }
    // What follows from the variables is told with them.
    let told = |profile: &&Profile| variables.is_empty() || has_own_files(profile);
    found.extend(scope.asked.iter().filter(told).filter_map(certificates));
    let by_environment = |profile: &Profile| profile.proxy == Proxy::Environment;
    if scope.asked.is_empty() || scope.asked.iter().any(by_environment) {
        let error = proxy::check_environment().err();
        found.extend(error.map(|error| Finding::of("proxy", &error, named)));
    }
    found
}

fn certificates(profile: &Profile) -> Option<Finding> {
    let mut urls = profile.binding.origins.iter().filter_map(|origin| Url::parse(origin).ok());
    let url = urls.find(|url| url.scheme() == "https")?;
    let error = tls::check(&url, &profile.tls).err()?;
    let name = &profile.name;
    let finding = about("certificates", name, &error, || {
        format!("in `tls` under [profiles.{name}], name files that exist")
    });
    // The platform's are everybody's.
    Some(if has_own_files(profile) { finding } else { Finding { profile: None, ..finding } })
}

fn trusts_the_platform(profile: &Profile) -> bool {
    profile.binding.origins.iter().any(|origin| origin.starts_with("https:"))
}

fn has_own_files(profile: &Profile) -> bool {
    profile.tls.ca_file.is_some() || profile.tls.client_cert.is_some()
}
