"""The applications of the functions: one of each for all tests, as an instance has.

Building one takes longer than most tests. A test that changes its application builds its own.
"""

from functools import cache

from functions.api.app import create_app as _create_api
from functions.connect.app import create_app as _create_connect
from functions.dashboard.app import create_app as _create_dashboard

api_app = cache(_create_api)
connect_app = cache(_create_connect)
dashboard_app = cache(_create_dashboard)
