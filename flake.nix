# A build from source for Nix, described by Cargo.toml. There is no flake.lock: the Rust of nixpkgs must be at least the
# `rust-version` of Cargo.toml.
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      cargo = (builtins.fromTOML (builtins.readFile ./Cargo.toml)).package;
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
      package = pkgs: pkgs.rustPlatform.buildRustPackage {
        pname = cargo.name;
        version = cargo.version;
        src = self;
        cargoLock.lockFile = ./Cargo.lock;
        # The tests need namespaces and a keyring.
        doCheck = false;
        nativeBuildInputs = [ pkgs.installShellFiles ];
        postInstall = ''
          installShellCompletion --cmd tokcli --bash completions/tokcli.bash --zsh completions/_tokcli --fish completions/tokcli.fish
          installManPage man/*
        '';
        meta = {
          description = cargo.description;
          homepage = cargo.homepage;
          license = [ pkgs.lib.licenses.mit pkgs.lib.licenses.asl20 ];
          mainProgram = cargo.name;
        };
      };
    in
    {
      packages = nixpkgs.lib.genAttrs systems (system: { default = package nixpkgs.legacyPackages.${system}; });
    };
}
