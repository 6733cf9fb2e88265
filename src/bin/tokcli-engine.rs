fn main() -> std::process::ExitCode {
    tokcli::engine()
}
