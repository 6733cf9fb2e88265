# What the flake asks of nixpkgs, by a stub of it.
let
  pkgs = {
    rustPlatform.buildRustPackage = asked: { inherit (asked) pname version meta nativeBuildInputs; };
    installShellFiles = "installShellFiles";
    lib.licenses = { mit = "mit"; asl20 = "asl20"; };
  };
  nixpkgs = {
    lib.genAttrs = names: make: builtins.listToAttrs (map (name: { inherit name; value = make name; }) names);
    legacyPackages = builtins.listToAttrs (map (name: { inherit name; value = pkgs; }) [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ]);
  };
in
((import ../../flake.nix).outputs { self = ../..; inherit nixpkgs; }).packages.x86_64-linux.default
