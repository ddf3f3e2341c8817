"""The emulator: a world file served as the HTTP API of ECS, VPC and STS."""
