"""What Google's libraries raise when they cannot, or may not, do what an operator asks."""

from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.auth.exceptions import GoogleAuthError

GOOGLE_FAILED = (GoogleAPICallError, RetryError, GoogleAuthError)
