fn main() -> std::process::ExitCode {
    tokcli::main()
}
