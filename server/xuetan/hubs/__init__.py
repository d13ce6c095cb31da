"""The root's side of hubs: who is one, what it may know, what it brings. What a hub does with it is `relay`'s matter."""
