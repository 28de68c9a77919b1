"""What the kernel keeps a process from that works for strangers: files, network, other programs."""
