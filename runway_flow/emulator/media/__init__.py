"""What the emulator's tasks give: stills, clips, speech, deterministic in the request and cheap to make."""
