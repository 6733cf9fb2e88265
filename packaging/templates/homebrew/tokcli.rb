class Tokcli < Formula
  desc "@description@"
  homepage "@homepage@"
  version "@version@"
  license any_of: [@license-words@]

  on_macos do
    on_arm do
      url "@repository@/releases/download/v@version@/tokcli-@version@-aarch64-apple-darwin.tar.gz"
      sha256 "@sha256 tokcli-@version@-aarch64-apple-darwin.tar.gz@"
    end
    on_intel do
      url "@repository@/releases/download/v@version@/tokcli-@version@-x86_64-apple-darwin.tar.gz"
      sha256 "@sha256 tokcli-@version@-x86_64-apple-darwin.tar.gz@"
    end
  end

  on_linux do
    on_arm do
      url "@repository@/releases/download/v@version@/tokcli-@version@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@sha256 tokcli-@version@-aarch64-unknown-linux-musl.tar.gz@"
    end
    on_intel do
      url "@repository@/releases/download/v@version@/tokcli-@version@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@sha256 tokcli-@version@-x86_64-unknown-linux-musl.tar.gz@"
    end
  end

  def install
    # The engine is for Linux only.
    bin.install Dir["tokcli", "tokcli-engine"]
    bash_completion.install "completions/tokcli.bash" => "tokcli"
    zsh_completion.install "completions/_tokcli"
    fish_completion.install "completions/tokcli.fish"
    man1.install Dir["man/*.1"]
    man5.install Dir["man/*.5"]
    man7.install Dir["man/*.7"]
  end

  test do
    assert_equal "tokcli #{version}\n", shell_output("#{bin}/tokcli --version")
    # On Linux this runs the engine.
    assert_match "zoho", shell_output("#{bin}/tokcli dialect list")
  end
end
