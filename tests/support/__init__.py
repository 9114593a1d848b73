"""What tests share: database servers, browsers, the application, factories."""
