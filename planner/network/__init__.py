"""The domain: VPCs, instances, links, and who may reach whom. Knows nothing of HCL, plans or providers."""
