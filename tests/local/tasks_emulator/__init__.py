"""The Cloud Tasks emulator, used by the production client and over real HTTP."""
