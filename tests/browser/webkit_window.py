#!/usr/bin/python3
"""One WebKitGTK window on a profile that outlives it, for WebKitWebDriver to drive.

MiniBrowser keeps nothing between two starts while it is driven; a second start needs a browser that does. Run by the system's own
Python, which has WebKit's bindings; imports nothing of the project. The one argument is the folder of the profile.
"""

import sys
from pathlib import Path

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gtk, WebKit2  # noqa: E402


def main(folder: Path) -> None:
    """Shows the window until it is closed."""
    manager = WebKit2.WebsiteDataManager(
        base_data_directory=str(folder / "data"), base_cache_directory=str(folder / "cache")
    )
    context = WebKit2.WebContext(website_data_manager=manager)
    context.set_automation_allowed(True)
    view = WebKit2.WebView(web_context=context, is_controlled_by_automation=True)
    window = Gtk.Window()
    window.set_default_size(390, 844)
    window.add(view)
    window.connect("destroy", Gtk.main_quit)

    def started(_context: object, session: object) -> None:
        information = WebKit2.ApplicationInfo.new()
        information.set_name("WebKitGTK")
        session.set_application_info(information)
        session.connect("create-web-view", lambda _session: view)

    context.connect("automation-started", started)
    window.show_all()
    Gtk.main()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
