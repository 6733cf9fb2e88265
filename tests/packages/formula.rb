# Evaluates the formula for each of its platforms, and installs from the archive of each: `formula.rb PLACE`, which holds manifests/, the
# archives and SHA256SUMS. It is a stub of the part of Homebrew's language that the formula uses.

require "tmpdir"

PLACE = File.expand_path(ARGV[0])
SUMS = File.readlines("#{PLACE}/SHA256SUMS").to_h { |line| line.split.reverse }

# What the formula says on one platform, and what it installs where.
class Formula
  class << self
    attr_accessor :system, :processor, :said

    %i[desc homepage version license url sha256].each { |word| define_method(word) { |value| said[word] = value } }
    { on_macos: :macos, on_linux: :linux }.each { |word, one| define_method(word) { |&rest| rest.call if system == one } }
    { on_arm: :arm, on_intel: :intel }.each { |word, one| define_method(word) { |&rest| rest.call if processor == one } }
    def test(&) = said[:test] = true
    def inherited(formula) = (formula.system, formula.processor, formula.said = *$platform, {})
  end

  # A place that things are installed in.
  Place = Struct.new(:files) do
    def install(what)
      what = what.to_h { |file| [file, File.basename(file)] } unless what.respond_to?(:keys) || what.is_a?(String)
      what = { what => File.basename(what) } if what.is_a?(String)
      what.each { |file, name| File.file?(file) ? files << name : abort("there is no #{file}") }
    end
  end
  %i[bin bash_completion zsh_completion fish_completion man1 man5 man7].each do |place|
    define_method(place) { (@places ||= {})[place] ||= Place.new([]) }
  end
end

def check(what, text) = what || abort("#{$platform}: #{text}")

{ %i[macos arm] => "aarch64-apple-darwin", %i[macos intel] => "x86_64-apple-darwin",
  %i[linux arm] => "aarch64-unknown-linux-musl", %i[linux intel] => "x86_64-unknown-linux-musl" }.each do |platform, target|
  $platform = platform
  Object.send(:remove_const, :Tokcli) if defined?(Tokcli)
  load "#{PLACE}/manifests/homebrew/tokcli.rb"
  said = Tokcli.said
  name = "tokcli-#{said[:version]}-#{target}"
  check said[:url].end_with?("/v#{said[:version]}/#{name}.tar.gz"), said[:url]
  check SUMS["#{name}.tar.gz"] == said[:sha256], "another sum"
  check said[:test] && said[:license] && said[:homepage] && said[:desc].length <= 80, said
  Dir.mktmpdir do |unpacked|
    check Kernel.system("tar", "-xzf", "#{PLACE}/#{name}.tar.gz", "-C", unpacked), "tar"
    Dir.chdir("#{unpacked}/#{name}") do
      formula = Tokcli.new
      formula.install
      programs = platform[0] == :linux ? %w[tokcli tokcli-engine] : %w[tokcli]
      check formula.bin.files.sort == programs, formula.bin.files
      check formula.bash_completion.files == ["tokcli"], "bash"
      check formula.man1.files.include?("tokcli.1"), "the man page"
    end
  end
end
