"""What Google's libraries raise when an operator's command fails or is not allowed."""

from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.auth.exceptions import GoogleAuthError

GOOGLE_FAILED = (GoogleAPICallError, RetryError, GoogleAuthError)
