"""`provider "alicloud"`: Alibaba Cloud itself, over the APIs of ECS, VPC and STS."""
